// What a desk does inside a page, in one call each: ({verb, given}) => result. Labels are matched as they read, never by likeness.
async ({ verb, given }) => {
  const tidy = (text) => (text ?? "").replace(/[\s\u3000]+/g, " ").trim();
  // A mark for required fields or a colon is no part of a label.
  const label = (text) => tidy(text).replace(/^(?:[※＊*]|【必須】|\(必須\)|（必須）)\s*|\s*(?:[※＊*:：]|【必須】|\(必須\)|（必須）|必須)+$/g, "").trim();
  const seen = (element) => !element.checkVisibility || !element.isConnected || element.ownerDocument.defaultView === null || element.checkVisibility({ visibilityProperty: true });
  const BUTTONS = "button, input[type=submit], input[type=button], input[type=image], a[href], [role=button]";
  const FIELDS = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset]), select, textarea";

  const cellsOf = (row) => [...row.children].filter((cell) => cell.matches("th, td"));

  const labelOf = (field) => {
    const cell = field.closest("td, dd");
    const own = [...(field.labels ?? [])].map((each) => label(each.textContent)).filter(Boolean);
    // The words beside one radio button or box name the choice; the cell beside them names the field.
    if (own.length && !(cell && ["radio", "checkbox"].includes(field.type))) return own[0];
    if (field.getAttribute("aria-label")) return label(field.getAttribute("aria-label"));
    let before = cell?.previousElementSibling;
    while (before && (before.querySelector(FIELDS) || !label(before.textContent))) before = before.previousElementSibling;
    if (before) return label(before.textContent);
    return own[0] ?? label(field.title || "");
  };

  // [label, [elements]] for every field; several fields beside one label are label[1], label[2] …; radio buttons of one name are one field.
  const fieldsOf = (page) => {
    const groups = [];
    for (const field of [...page.querySelectorAll(FIELDS)].filter(seen)) {
      const same = field.type === "radio" && groups.find((group) => group.elements[0].type === "radio" && group.elements[0].name === field.name);
      if (same) same.elements.push(field);
      else groups.push({ label: labelOf(field), cell: field.closest("td, dd"), elements: [field] });
    }
    for (const group of groups) {
      const beside = groups.filter((other) => group.cell && other.cell === group.cell && other.plain === undefined && other.label === group.label);
      if (beside.length > 1) beside.forEach((other, at) => { other.plain = other.label; other.label += `[${at + 1}]`; });
    }
    return groups;
  };

  const valueOf = ({ elements: [first, ...rest] }) => {
    if (first.type === "password") return "";
    if (first.type === "radio") return [first, ...rest].find((each) => each.checked)?.value ?? "";
    if (first.type === "checkbox") return first.checked ? "1" : "";
    return first.value;
  };

  const wordsOf = (button) => tidy(button.matches("input") ? button.value || button.alt : button.textContent) || tidy(button.getAttribute("aria-label"));

  // Pairs of label and text: rows of th, td (, th, td …) without fields, and dl lists.
  const pairsOf = (page) => {
    const pairs = [];
    for (const row of page.querySelectorAll("tr")) {
      const cells = cellsOf(row);
      if (!cells.length || cells.length % 2 || !seen(row)) continue;
      if (!cells.every((cell, at) => cell.matches(at % 2 ? "td" : "th"))) continue;
      for (let at = 0; at < cells.length; at += 2)
        if (![...cells[at + 1].querySelectorAll(FIELDS)].some(seen)) pairs.push([label(cells[at].textContent), tidy(cells[at + 1].textContent), cells[at + 1]]);
    }
    for (const term of page.querySelectorAll("dt"))
      if (term.nextElementSibling?.matches("dd") && seen(term)) pairs.push([label(term.textContent), tidy(term.nextElementSibling.textContent), term.nextElementSibling]);
    return pairs;
  };

  // The first table whose first row is headings only: headings, lines.
  const listOf = (page) => {
    for (const table of page.querySelectorAll("table")) {
      const rows = [...table.rows];
      const head = rows.length ? cellsOf(rows[0]) : [];
      if (head.length < 2 || !head.every((cell) => cell.matches("th")) || !seen(table)) continue;
      return { headings: head.map((cell) => label(cell.textContent)), lines: rows.slice(1).map(cellsOf).filter((cells) => cells.length === head.length), table };
    }
    return null;
  };

  const read = (page, status, address) => {
    const list = listOf(page);
    const said = (selector) => {
      const notes = [...page.querySelectorAll(selector)].filter(seen);
      return notes.filter((note) => !notes.some((other) => other !== note && other.contains(note)))
        .map((note) => (note.querySelector("li") ? [...note.querySelectorAll("li")] : [note]).map((each) => tidy(each.textContent)).filter(Boolean).join("\n"))
        .filter(Boolean).join("\n");
    };
    return {
      heading: tidy(page.querySelector("h1")?.textContent || page.title),
      address,
      status,
      password: [...page.querySelectorAll("input[type=password]")].filter(seen).length,
      message: said("[role=alert], [class*=err i]"),
      notice: said("[role=status], [class*=notice i], [class*=message i], [class*=info i]"),
      fields: fieldsOf(page).map((group) => {
        const [first] = group.elements;
        return { label: group.label, name: first.name, type: first.type, longest: first.maxLength > 0 ? first.maxLength : null, value: valueOf(group) };
      }),
      shown: pairsOf(page).map(([name, text]) => [name, text]),
      headings: list?.headings ?? [],
      lines: list?.lines.map((cells) => cells.map((cell) => tidy(cell.textContent))) ?? [],
      buttons: [...page.querySelectorAll(BUTTONS)].filter(seen).map(wordsOf).filter(Boolean),
    };
  };

  const here = () => read(document, performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0, location.href);

  const ofOwnHouse = (path) => {
    const address = new URL(path, location.href);
    if (address.origin !== location.origin) throw new Error(`outside: ${address.origin}`);
    return address;
  };

  const take = async (path) => {
    try {
      const answer = await fetch(ofOwnHouse(path), { signal: AbortSignal.timeout(given.patience), cache: "no-store" });
      return { answer, bytes: await answer.arrayBuffer() };
    } catch (error) {
      return { trouble: String(error?.name === "TimeoutError" ? "timeout" : error?.message ?? error) };
    }
  };

  const asPage = (answer, bytes) => {
    const kind = answer.headers.get("content-type") ?? "";
    const written = /charset=["']?([\w-]+)/i.exec(kind)?.[1] ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(new TextDecoder("latin1").decode(bytes.slice(0, 2048)))?.[1];
    const text = new TextDecoder(written ?? "utf-8").decode(bytes);
    return read(new DOMParser().parseFromString(text, "text/html"), answer.status, answer.url);
  };

  const type = (group, text) => {
    const [first] = group.elements;
    const say = (element, ...events) => events.forEach((name) => element.dispatchEvent(new Event(name, { bubbles: true })));
    if (first.type === "radio" || first.tagName === "SELECT") {
      const choices = first.tagName === "SELECT" ? [...first.options].filter((option) => !option.disabled) : group.elements;
      const words = (choice) => label(choice.tagName === "OPTION" ? choice.textContent : choice.labels?.[0]?.textContent);
      const found = choices.filter((choice) => choice.value === text);
      const chosen = found.length ? found : choices.filter((choice) => words(choice) === text);
      if (chosen.length !== 1) return false;
      if (first.tagName === "SELECT") { first.value = chosen[0].value; say(first, "input", "change"); }
      else if (!chosen[0].checked) chosen[0].click();
      return true;
    }
    if (first.type === "checkbox") {
      if (first.checked !== Boolean(text)) first.click();
      return true;
    }
    // A person's typing ends where the field does; a script's would not.
    const typed = first.maxLength > 0 ? text.slice(0, first.maxLength) : text;
    const owner = first.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    first.focus();
    Object.getOwnPropertyDescriptor(owner.prototype, "value").set.call(first, typed);
    say(first, "input", "change");
    first.blur();
    return true;
  };

  const buttonsNamed = (words, beside) => {
    let all = [...document.querySelectorAll(BUTTONS)].filter((button) => seen(button) && wordsOf(button) === words);
    if (beside) all = all.filter((button) => labelOf(button) === beside);
    // The same button above and below a list is one button.
    const sense = (button) => [button.form?.id ?? "", [...document.forms].indexOf(button.form), button.name, button.value, button.href, button.getAttribute("onclick")].join("|");
    return all.filter((button, at) => all.findIndex((other) => sense(other) === sense(button)) === at);
  };

  // Resolves when a page is under way ("goes"), when the page has changed itself and is calm again ("stays"), or after a second ("nothing").
  const watched = (act) => new Promise((resolve) => {
    const begun = performance.now();
    let changed = 0;
    const watcher = new MutationObserver(() => { changed = performance.now(); });
    const settled = (state) => { watcher.disconnect(); clearInterval(clock); resolve(state); };
    const clock = setInterval(() => {
      const now = performance.now();
      if (changed && now - changed > 200 && now - begun > 300) settled("stays");
      else if (now - begun > 1000 && !changed) settled("nothing");
    }, 50);
    watcher.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
    navigation.addEventListener("navigate", (event) => { if (!event.hashChange && event.downloadRequest === null) settled("goes"); }, { once: true });
    act();
  });

  const verbs = {
    read: here,

    fill: () => {
      const groups = fieldsOf(document);
      const missing = [];
      const plan = Object.entries(given.values).map(([name, text]) => {
        const fitting = groups.filter((group) => group.label === name);
        if (fitting.length !== 1) missing.push(fitting.length ? `${name} ×${fitting.length}` : name);
        else if (fitting[0].elements.some((each) => each.disabled || each.readOnly)) missing.push(`${name} (read only)`);
        return [name, fitting[0], text];
      });
      if (missing.length) return { missing, heading: here().heading };
      const refused = plan.filter(([, group, text]) => !type(group, text)).map(([name, , text]) => [name, text]);
      return { missing: [], refused, heading: "", page: here() };
    },

    press: () => {
      const found = buttonsNamed(given.words, given.beside);
      if (found.length !== 1) return { found: found.length };
      return watched(() => found[0].click()).then((state) => ({ found: 1, state }));
    },
    watch: () => watched(() => undefined).then((state) => ({ found: 1, state })),

    look: async () => {
      const { answer, bytes, trouble } = await take(given.path);
      return trouble ? { trouble } : asPage(answer, bytes);
    },

    fetch: async () => {
      const { answer, bytes, trouble } = await take(given.path);
      if (trouble) return { trouble };
      const kind = answer.headers.get("content-type") ?? "";
      if (kind.startsWith("text/html") || !answer.ok) return { page: asPage(answer, bytes) };
      let text = "";
      for (let at = 0; at < bytes.byteLength; at += 0x8000) text += String.fromCharCode(...new Uint8Array(bytes.slice(at, at + 0x8000)));
      return { base64: btoa(text) };
    },

    // The last button: where it stands, the gate shut in front of it, and the browser's own time of it.
    aim: () => {
      const found = buttonsNamed(given.words);
      if (found.length !== 1) return { found: found.length, page: here() };
      const [button] = found;
      button.scrollIntoView({ block: "center" });
      const box = button.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const top = document.elementFromPoint(x, y);
      const free = top !== null && (top === button || button.contains(top)) && !button.disabled;
      if (free) window[Symbol.for("digilab.gate")].shut(button);
      return { found: 1, free, x, y, page: here() };
    },

    open: () => window[Symbol.for("digilab.gate")].open(given.within),
    pressed: () => window[Symbol.for("digilab.gate")].closed(),

    // The boxes stay: they let clicks through, and the page is about to be left. Boxes (page coordinates) of all that must not be seen: fields and cells by label, texts by what they hold.
    hide: () => {
      document.querySelectorAll("digilab-veil").forEach((veil) => veil.remove());
      const boxes = [];
      const add = (rectangle) => { if (rectangle.width && rectangle.height) boxes.push([rectangle.left + scrollX - 2, rectangle.top + scrollY - 2, rectangle.width + 4, rectangle.height + 4]); };
      for (const group of fieldsOf(document))
        if (group.elements[0].type === "password" || given.labels.includes(group.plain ?? group.label) || given.texts.some((text) => valueOf(group).includes(text)))
          group.elements.forEach((each) => add(each.getBoundingClientRect()));
      for (const [name, , cell] of pairsOf(document)) if (given.labels.includes(name)) add(cell.getBoundingClientRect());
      const list = listOf(document);
      if (list) list.headings.forEach((name, at) => { if (given.labels.includes(name)) list.lines.forEach((cells) => add(cells[at].getBoundingClientRect())); });
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        if (given.texts.some((text) => node.data.includes(text))) {
          const range = document.createRange();
          range.selectNodeContents(node);
          [...range.getClientRects()].forEach(add);
        }
      // Nobody has read what stands inside of these.
      document.querySelectorAll("iframe, frame, object, embed").forEach((each) => add(each.getBoundingClientRect()));
      const veil = document.createElement("digilab-veil");
      const flat = (left, top, width, height) => `all:initial;position:absolute;z-index:2147483647;pointer-events:none;background:#555;left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
      boxes.forEach((box) => { const each = document.createElement("div"); each.style.cssText = flat(...box); veil.append(each); });
      veil.style.cssText = "all:initial;position:absolute;left:0;top:0;width:0;height:0;pointer-events:none";
      document.documentElement.append(veil);
      return { boxes, width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight };
    },
  };
  return verbs[verb]();
}
