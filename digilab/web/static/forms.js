// What every form that changes something gets. Without this script they are plain forms.
"use strict";

(() => {
  const problem = document.getElementById("problem");
  if (problem) problem.focus();

  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      // One press, one answer: a second click while the first is on its way would be refused in words that worry people.
      if (form.dataset.sent || (form.dataset.sure && !window.confirm(form.dataset.sure))) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "true";
      // Whoever stops the browser half-way may press again after a while.
      window.setTimeout(() => delete form.dataset.sent, 10000);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
