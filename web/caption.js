// What the photo shows: the vision model's words stand in the field, to be corrected, before anything is written.

import { look } from "./api.js";

const byId = (id) => document.getElementById(id);

/** `onChange` is called when the answer to `awaited` may be another, `onProblem` with why a photo was not looked at. */
export function createCaption(onChange, onProblem) {
  const field = byId("caption");
  const note = byId("caption-note");
  const suggestion = byId("guess");
  const hint = note.dataset.hint;
  let photo = null;
  let request = null;
  let seen = null;

  /** Look at `file`, or at nothing (null); what was said of the photo before is forgotten. */
  function follow(file) {
    request?.abort();
    if (photo) field.value = "";
    photo = file;
    seen = request = null;
    if (file) ask(file);
    refresh();
  }

  function ask(file) {
    const own = new AbortController();
    request = own;
    tell("Looking at the photo…");
    const settled = (then) => (result) => {
      if (request !== own) return;
      request = null;
      then(result);
    };
    look(file, own.signal).then(settled(take), settled(fail));
  }

  function fail(problem) {
    refresh();
    onProblem(problem);
  }

  // A person may have begun to type meanwhile: those words stay.
  function take({ caption, caption_guess: guess, caption_confidence: confidence }) {
    seen = { caption: guess ? null : caption.trim(), guess, sure: `${Math.round(confidence * 100)}\u00a0%` };
    if (seen.caption && !field.value) field.value = seen.caption;
    refresh();
    tell(seen.caption ? `The photo shows: ${caption}. ${words()}` : `${words()} Its guess: ${guess}.`);
  }

  function refresh() {
    note.dataset.hint = words();
    note.classList.toggle("looking", request !== null);
    // An error keeps its place until its field is mended.
    if (!note.classList.contains("error")) note.textContent = note.dataset.hint;
    suggestion.hidden = !seen?.guess || field.value !== "";
    suggestion.textContent = `Use “${seen?.guess}”`;
    onChange();
  }

  function words() {
    if (request) return "Looking at the photo…";
    if (!photo) return hint;
    const said = field.value.trim();
    if (said && said !== seen?.caption) return "The text will be about this.";
    if (!seen) return "Say it yourself, or leave it empty and the model looks again.";
    if (!seen.caption) return `Which product is this? The model is not sure (${seen.sure}). Left empty, the text names no product.`;
    if (!said) return `Left empty, the text will be about “${seen.caption}”, as the model sees it.`;
    return `Seen on the photo, ${seen.sure} sure. Correct it if it is wrong.`;
  }

  /** Put `said` there as if it had been typed. */
  function say(said) {
    field.value = said;
    field.dispatchEvent(new Event("input"));
    field.focus();
  }

  field.addEventListener("input", refresh);
  suggestion.addEventListener("click", () => say(seen.guess));

  return {
    follow,
    say,
    /** The words to send. Where the model's stand unchanged there are none: the service sees for itself, and says how surely. */
    own: () => (field.value.trim() === seen?.caption ? "" : field.value.trim()),
    /** Whether the model is looking and nobody has said yet what there is to see. */
    awaited: () => request !== null && !field.value.trim(),
  };
}

function tell(words) {
  byId("announce").textContent = words;
}
