// Stands before all scripts of every page: once shut, lets one trusted click through to one button, in time, and nothing else.
(() => {
  if (window !== window.top) return;
  let button = null, since = null, until = null, passed = 0, closed = false;
  const now = () => [performance.now(), Date.now()];
  // Two clocks: one stands still while the machine sleeps, the other may be set back.
  const inTime = () => until !== null && now().every((time, which) => time < until[which]);
  const bar = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  const onClick = (event) => {
    if (button === null) return;
    const meant = event.isTrusted && event.composedPath().includes(button);
    if (!meant || closed || passed || !inTime()) return bar(event);
    passed += 1;
  };
  const onSubmit = (event) => {
    if (button === null) return;
    if (passed !== 1 || closed) return bar(event);
    closed = true;
  };
  const stand = () => { window.addEventListener("click", onClick, true); window.addEventListener("submit", onSubmit, true); };
  stand();
  Object.defineProperty(window, Symbol.for("digilab.gate"), {
    value: Object.freeze({
      // A page that was written anew by a script has thrown its listeners away; adding them twice adds nothing.
      shut: (which) => { stand(); button = which; since = now(); until = null; },
      open: (within) => { if (since !== null) until = since.map((time) => time + within * 1000); return inTime(); },
      closed: () => { until = null; return passed > 0; },
    }),
  });
})();
