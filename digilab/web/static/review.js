// Checking values without loading the page anew after each. Without this script every answer is a plain form.
"use strict";

(() => {
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  const list = document.getElementById("doubts");
  const forms = list ? [...list.querySelectorAll(".doubt-form")].filter((form) => form.querySelector("button")) : [];
  if (forms.length === 0 || !window.fetch || !window.FormData) return;

  const words = list.dataset;
  const said = (form, text, wrong) => {
    const place = form.querySelector(".doubt-said");
    place.textContent = text;
    place.classList.toggle("doubt-wrong", Boolean(wrong));
  };

  // Only time that the page was in view counts.
  let looked = 0;
  let since = document.hidden ? null : performance.now();
  const pause = () => {
    if (since !== null) looked += performance.now() - since;
    since = document.hidden ? null : performance.now();
  };
  document.addEventListener("visibilitychange", pause);

  const field = (form) => form.querySelector("input[type=text], select, button");

  const goOn = (form) => {
    const after = forms.slice(forms.indexOf(form) + 1);
    const next = [...after, ...forms].find((each) => !each.dataset.saved);
    if (!next) {
      window.location.reload();
      return;
    }
    const place = field(next);
    place.focus();
    if (place.select) place.select();
    next.closest(".doubt").scrollIntoView({ block: "center" });
  };

  const send = async (form, body) => {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    if (answer.status === 401) throw new Error(words.wordsSignedOut);
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error.sentence);
    return told;
  };

  const show = (told) => {
    const bar = document.getElementById("review-bar");
    const progress = document.getElementById("review-progress");
    if (progress) progress.textContent = told.text;
    if (bar) bar.value = bar.max - told.open;
  };

  for (const form of forms) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.busy) return;
      pause();
      const data = new FormData(form);
      const pressed = event.submitter;
      if (pressed && pressed.name) data.set(pressed.name, pressed.value);
      data.set("seconds", (looked / 1000).toFixed(1));
      looked = 0;
      form.dataset.busy = "true";
      try {
        show(await send(form, new URLSearchParams(data)));
        form.dataset.saved = "true";
        form.closest(".doubt").classList.add("doubt-saved");
        said(form, words.wordsSaved);
        goOn(form);
      } catch (error) {
        said(form, error instanceof TypeError || error instanceof SyntaxError ? words.wordsCut : error.message, true);
        field(form).focus();
      } finally {
        delete form.dataset.busy;
      }
    });
    const choice = form.querySelector("select");
    if (choice) {
      choice.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        form.requestSubmit(form.querySelector(".doubt-yes"));
      });
    }
  }
})();
