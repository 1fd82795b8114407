// What helps on robots' pages. Without this script they are plain pages and forms.
"use strict";

(() => {
  const problem = document.getElementById("problem");
  if (problem) problem.focus();

  // A number belongs to one of the three answers: typing it chooses that one, and only that one needs it.
  for (const form of document.querySelectorAll("form.settle")) {
    const slip = form.querySelector("input[name=slip]");
    if (!slip) continue;
    const reason = form.querySelector("input[name=reason]");
    const registered = form.querySelector("input[value=registered]");
    const fit = () => {
      slip.required = registered.checked;
      reason.required = !registered.checked;
    };
    slip.addEventListener("input", () => {
      if (slip.value) registered.checked = true;
      fit();
    });
    form.addEventListener("change", fit);
    fit();
  }

  // One press, one answer: a second click while the first is on its way would be refused in words that worry people.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "true";
      // Whoever stops the browser half-way may press again after a while.
      window.setTimeout(() => delete form.dataset.sent, 10000);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
