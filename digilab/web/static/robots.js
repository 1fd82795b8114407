// What helps where people settle robots' rows. Without this script they are plain forms.
"use strict";

(() => {
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
})();
