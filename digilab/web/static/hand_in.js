// Choosing files (also by dropping them), and sending them with a bar. Without this script the form is sent as any form.
"use strict";

(() => {
  const form = document.getElementById("hand-in");
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  if (!form || !window.FormData || !window.XMLHttpRequest || !window.DataTransfer) return;

  const words = document.getElementById("words").dataset;
  const input = document.getElementById("file");
  const drop = document.getElementById("drop");
  const chosen = document.getElementById("chosen");
  const refusal = document.getElementById("refusal");
  const sending = document.getElementById("sending");
  const submit = document.getElementById("submit");
  const maxBytes = Number(form.dataset.maxBytes);
  const maxFiles = Number(form.dataset.maxFiles);
  let files = [];
  let stop = null; // ends what is under way

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const size = (bytes) => {
    const units = ["B", "KB", "MB", "GB"];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) {
      bytes /= 1024;
      unit += 1;
    }
    return `${unit === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  // A submission that was cut off is the same one when it is sent again; a changed one is another.
  const freshKey = () => {
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    form.elements.request_key.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const refuse = (sentence, code, link) => {
    refusal.replaceChildren(element("p", "banner-head", words.problem), element("p", "", sentence));
    if (link) {
      const line = element("p");
      const anchor = element("a", "", link.text);
      anchor.href = link.href;
      anchor.target = "_blank";
      line.append(anchor);
      refusal.append(line, element("p", "", link.after));
    }
    if (code) refusal.append(element("p", "banner-code", `${words.code}: ${code}`));
    refusal.hidden = false;
    refusal.focus();
  };

  const showFiles = () => {
    const list = chosen.querySelector("ul");
    list.replaceChildren(
      ...files.map((file, index) => {
        const line = element("li");
        const remove = element("button", "button button-text", words.remove);
        remove.type = "button";
        remove.setAttribute("aria-label", fill(words.removeNamed, { name: file.name }));
        remove.addEventListener("click", () => {
          setFiles(files.filter((_, other) => other !== index));
          const next = list.querySelectorAll("button")[Math.min(index, files.length - 1)];
          (next || input).focus();
        });
        line.append(element("span", "file-name", file.name), element("span", "file-size", size(file.size)), remove);
        return line;
      }),
    );
    const total = files.reduce((sum, file) => sum + file.size, 0);
    chosen.querySelector(".chosen-head").textContent = files.length
      ? fill(words.chosenCount, { count: files.length, size: size(total) })
      : "";
    chosen.hidden = files.length === 0;
  };

  const setFiles = (next) => {
    files = next;
    // The input itself holds the files: the browser's own check of `required` goes on working.
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    refusal.hidden = true;
    freshKey();
    showFiles();
  };

  const add = (more) => {
    const known = new Set(files.map((file) => `${file.name}/${file.size}/${file.lastModified}`));
    setFiles([...files, ...Array.from(more).filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`))]);
  };

  const service = () => form.querySelector("input[name=service]:checked");

  const chooseService = () => {
    for (const options of form.querySelectorAll(".options")) {
      const mine = service() !== null && options.dataset.service === service().value;
      options.hidden = !mine;
      options.disabled = !mine;
    }
    if (service()) input.accept = service().dataset.accepts.split(",").map((ending) => `.${ending}`).join(",");
  };

  const busy = (now) => {
    sending.hidden = !now;
    submit.hidden = now;
    form.setAttribute("aria-busy", String(now));
  };

  const wrong = () => {
    if (files.length === 0) return words.noneChosen;
    if (files.length > maxFiles) return words.tooMany;
    const large = files.find((file) => file.size > maxBytes);
    return large ? fill(words.tooLarge, { name: large.name }) : null;
  };

  const signInAgain = () =>
    refuse(words.signedOut, "", { href: "/sign-in", text: words.signInAgain, after: words.thenAgain });

  // What the server has refused, in its own words where it said any.
  const refused = (status, body) => {
    busy(false);
    if (status === 401) {
      signInAgain();
      return;
    }
    try {
      const { code, sentence } = JSON.parse(body).error;
      refuse(sentence, code);
    } catch {
      refuse(words.cut);
    }
  };

  const progress = (done, total) => {
    const all = done >= total;
    sending.querySelector("progress").value = total ? done / total : 0;
    const text = all ? words.saving : fill(words.sentOf, { done: size(done), total: size(total) });
    const line = sending.querySelector("p");
    if (line.textContent !== text) line.textContent = text;
  };

  const send = () => {
    const request = new XMLHttpRequest();
    stop = () => request.abort();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => progress(event.loaded, event.total));
    request.upload.addEventListener("load", () => progress(1, 1));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300 && request.responseURL) {
        busy(false);
        window.location.assign(request.responseURL);
        return;
      }
      refused(request.status, request.responseText);
    });
    request.addEventListener("error", () => {
      busy(false);
      refuse(words.cut);
    });
    request.addEventListener("abort", () => {
      busy(false);
      refuse(words.aborted);
    });
    progress(0, 1);
    request.send(new FormData(form));
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refusal.hidden = true;
    const reason = wrong();
    if (reason) {
      refuse(reason);
      return;
    }
    busy(true);
    document.getElementById("abort").focus();
    // The page may have been open since an earlier sign-in: the token of the present one is asked for before the bytes go.
    const asking = new AbortController();
    stop = () => asking.abort();
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch("/form-token", { headers, cache: "no-store", signal: asking.signal });
      if (!answer.ok) {
        refused(answer.status, await answer.text());
        return;
      }
      form.elements.form_token.value = (await answer.json()).form_token;
    } catch {
      busy(false);
      refuse(asking.signal.aborted ? words.aborted : words.cut);
      return;
    }
    send();
  });

  document.getElementById("abort").addEventListener("click", () => stop());
  input.addEventListener("change", () => add(input.files));
  form.addEventListener("change", (event) => {
    if (event.target !== input) freshKey();
    if (event.target.name === "service") chooseService();
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("drop-over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("drop-over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (sending.hidden) add(event.dataTransfer.files);
  });
  // A browser opens what is dropped beside the box, and the form would be gone.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());

  // With the list below it the browser's own file button, in the browser's own language, is laid invisibly over one of ours.
  drop.classList.add("drop-live");
  drop.querySelector(".file-button").hidden = false;
  drop.querySelector(".drop-note").hidden = false;
  form.noValidate = true;
  chooseService();
  showFiles();
})();
