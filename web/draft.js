// A description while it is written.

// Words come faster than they are spoken: whole sentences, and not too often.
const SPEAK_AFTER_MS = 8_000;
const byId = (id) => document.getElementById(id);

let spoken = { end: 0, at: 0 };

/** Show that a text is awaited. */
export function clearDraft() {
  spoken = { end: 0, at: performance.now() };
  byId("draft").textContent = "";
  refresh();
}

/** Show the text so far; one that does not go on from what was shown before is told as changed. */
export function showDraft(text, goesOn) {
  byId("draft").textContent = text;
  refresh();
  if (goesOn) speak(text);
  else say("The text was changed.", text.length);
}

function refresh() {
  const begun = byId("draft").textContent.trim() !== "";
  byId("draft").hidden = !begun;
  byId("lines").hidden = begun;
}

function speak(text) {
  const end = text.search(/[.!?]\s[^.!?]*$/) + 1;
  if (end > spoken.end && performance.now() - spoken.at > SPEAK_AFTER_MS) say(text.slice(spoken.end, end), end);
}

function say(words, end) {
  byId("announce").textContent = words;
  spoken = { end, at: performance.now() };
}
