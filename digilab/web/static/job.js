// Live progress of one job. Without this script the page has a link that shows the present state.
"use strict";

(() => {
  const live = document.getElementById("live");
  if (!live) return;

  const over = live.dataset.ended === "true";
  if ((over && live.dataset.after !== "true") || !("EventSource" in window)) return;

  const part = (id) => document.getElementById(id);
  part("reload").hidden = true;

  const say = (id, words) => {
    // Unchanged text must not be read out again.
    if (part(id).textContent !== words) part(id).textContent = words;
  };

  const show = (job) => {
    const state = part("state");
    say("state", job.state_text);
    state.className = `chip chip-${job.state}`;
    // When it has ended the page says since when.
    if (!over) say("place", job.place);
    part("progress").hidden = job.state !== "running";
    say("progress-text", job.text);
    say("remaining", job.remaining);
    part("bar").value = job.share;
    say("after", job.after);
    say("said", "");
  };

  const waits = ["approval", "scheduled"];
  let events = null;

  const close = () => {
    if (events) events.close();
    events = null;
  };

  const open = () => {
    close();
    const stream = new EventSource(live.dataset.events);
    events = stream;
    stream.addEventListener("job", (event) => {
      const job = JSON.parse(event.data);
      show(job);
      if (job.state !== live.dataset.state && [job.state, live.dataset.state].some((state) => waits.includes(state))) {
        // What can be done now is a link that only a fresh page has.
        close();
        window.location.reload();
        return;
      }
      live.dataset.state = job.state;
      // With the job's end its results are there; what is done with them afterwards writes them anew.
      if (job.ended && !(over && job.after)) {
        close();
        say("said", live.dataset.wordsEnded);
        window.location.reload();
      }
    });
    stream.addEventListener("error", () => {
      // The stream ends by itself every ten minutes and is opened again; only what stays away is told.
      if (stream.readyState === EventSource.CLOSED) {
        part("reload").hidden = false;
        return;
      }
      window.setTimeout(() => {
        if (stream === events && stream.readyState !== EventSource.OPEN) say("said", live.dataset.wordsLost);
      }, 5000);
    });
  };

  // A browser opens six connections to one server at most: tabs in the background must not use them up.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
})();
