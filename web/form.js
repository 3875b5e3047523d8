// The form: its modes, the limits shown as hints, and errors at the field they belong to.

import { createCaption } from "./caption.js";
import { createPhoto } from "./photo.js";

const ATTRIBUTES = { least: 5, most: 500 };
const CAPTION = { least: 2, most: 300 };
const PROMPT = { least: 3, most: 500 };
const KEYWORDS = { most: 200, count: 10 };
const EXAMPLES = [
  ["Type: insulated travel mug; Material: stainless steel; Colour: forest green; Volume: 350 ml; Lid: leakproof screw lid",
    "coffee mug, commuting"],
  ["Product Type: desk lamp; Colour: matte black; Height: 42 cm; Power: 6 W; Feature: dimmable LED", "reading lamp"],
  ["Type: women's rain jacket; Material: recycled polyester; Colour: navy; Sizes: XS to XL; Weight: 310 g",
    "hiking jacket, gift for hikers"],
];

const byId = (id) => document.getElementById(id);
const attributes = byId("attributes");
const keywords = byId("keywords");
const caption = byId("caption");
const prompt = byId("prompt");
const FIELDS = { text: ["attributes", "keywords"], photo: ["image", "caption", "keywords"], picture: ["prompt", "attributes"] };
const NAMES = {
  attributes: "The facts", keywords: "Keywords", image: "The photo", caption: "The words", prompt: "What to paint",
};
const tabs = [byId("tab-text"), byId("tab-photo"), byId("tab-picture")];
const captioning = createCaption(refreshSubmit, tellUnseen);
const photo = createPhoto((reason) => {
  clearError("caption");
  captioning.follow(photo.file());
  if (reason) showErrors([{ field: "image", reason }]);
  else clearError("image");
});
let mode = "text";
let busy = false;
let nextExample = 0;

/** Wire the fields; `onSubmit` is called with a product whose limits hold. */
export function startForm(onSubmit) {
  for (const tab of tabs) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", moveAmongTabs);
  }
  for (const field of [attributes, keywords, caption, prompt]) {
    field.addEventListener("input", () => { clearError(field.id); refresh(); });
  }
  byId("kind").addEventListener("change", nameSubmit);
  byId("example").addEventListener("click", fillExample);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const product = readProduct();
    const errors = findErrors(product);
    showErrors(errors);
    if (errors.length === 0) onSubmit(product);
  });
  // Enter sends a one-line field; in a text it begins a line, so sending takes Ctrl or Command.
  for (const field of [attributes, prompt]) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("form").requestSubmit();
    });
  }
  refresh();
  nameSubmit();
}

/** Offer the third mode, where the service has a model that paints. */
export function offerPictures() {
  byId("tab-picture").hidden = false;
}

/** Let the user choose among `channels`; any shop is there already. */
export function offerChannels(channels) {
  const others = channels.filter(({ name }) => name !== byId("channel").value);
  byId("channel").append(...others.map(({ name, title }) => new Option(title, name)));
}

/** The title of a channel. */
export function channelTitle(name) {
  return [...byId("channel").options].find(({ value }) => value === name)?.text ?? name;
}

/** Take a picture as the photo to describe. */
export function describePicture(file) {
  select(byId("tab-photo"));
  photo.take(file);
  caption.focus();
}

/** Lead to the words for the photo `image`, where a person can say it better than `guess`. */
export function nameProduct(guess, image) {
  select(byId("tab-photo"));
  if (photo.file() !== image) photo.take(image);
  else if (!caption.value.trim()) captioning.say(guess);
  caption.focus();
  caption.select();
}

export function setBusy(now) {
  busy = now;
  refreshSubmit();
}

/** Show each error at its field and go to the first; returns those that belong to no field of the current mode. */
export function showErrors(errors) {
  const fields = FIELDS[mode];
  fields.forEach(clearError);
  const placed = errors.filter(({ field }) => fields.includes(field));
  for (const { field, reason } of placed) setError(field, reason);
  // The facts are painted where there is no prompt. Their own field is out of sight then, so this one says it too.
  const unseen = mode === "picture" && placed.find(({ field }) => field === "attributes");
  if (unseen) setError("prompt", unseen.reason, NAMES.attributes);
  if (placed.length > 0) byId(unseen ? "prompt" : placed[0].field).focus();
  return errors.filter((error) => !placed.includes(error));
}

function readProduct() {
  const facts = attributes.value.trim();
  if (mode === "picture") return { mode, prompt: prompt.value.trim(), attributes: facts, count: Number(chosen("count")) };
  const both = { mode, kind: chosenKind(), tone: chosen("tone"), channel: chosen("channel"), keywords: keywords.value.trim() };
  return mode === "photo"
    ? { ...both, image: photo.file(), caption: captioning.own() }
    : { ...both, attributes: facts };
}

function chosen(name) {
  return byId("form").elements[name].value;
}

// Only facts can become a whole listing.
function chosenKind() {
  return mode === "photo" ? "description" : chosen("kind");
}

function nameSubmit() {
  byId("submit").textContent = mode === "picture" ? "Paint" : `Write ${chosenKind()}`;
}

function findErrors(product) {
  const errors = [];
  const wrong = (field, reason) => errors.push({ field, reason });
  if (product.mode === "picture") {
    const size = length(product.prompt);
    const facts = length(product.attributes);
    if (size === 0 && facts < ATTRIBUTES.least) wrong("prompt", "is needed, as there are no facts");
    if (size === 0 && facts > ATTRIBUTES.most) wrong("attributes", tooLong(ATTRIBUTES, facts));
    if (size > 0 && size < PROMPT.least) wrong("prompt", `must have at least ${PROMPT.least} characters`);
    if (size > PROMPT.most) wrong("prompt", tooLong(PROMPT, size));
    return errors;
  }
  if (product.mode === "photo") {
    if (!product.image) wrong("image", "is needed: choose or drop a photo");
    const size = length(product.caption);
    if (size > 0 && size < CAPTION.least) wrong("caption", `must have at least ${CAPTION.least} characters, or none`);
    if (size > CAPTION.most) wrong("caption", `must have at most ${CAPTION.most} characters`);
  } else {
    const size = length(product.attributes);
    if (size < ATTRIBUTES.least) wrong("attributes", `must have at least ${ATTRIBUTES.least} characters`);
    if (size > ATTRIBUTES.most) wrong("attributes", tooLong(ATTRIBUTES, size));
  }
  if (length(product.keywords) > KEYWORDS.most) wrong("keywords", `must have at most ${KEYWORDS.most} characters together`);
  else if (parseKeywords().length > KEYWORDS.count) wrong("keywords", `must be at most ${KEYWORDS.count}`);
  return errors;
}

function tooLong({ most }, size) {
  return `must have at most ${most} characters; these are ${size}`;
}

// Why a photo could not be looked at; the photo itself may well be fine.
function tellUnseen({ detail, errors }) {
  const error = errors.find(({ field }) => field === "image");
  setError("image", error ? error.reason : `could not be looked at. ${detail}`);
  if (!error) byId("image").removeAttribute("aria-invalid");
  byId("announce").textContent = byId("image-note").textContent;
}

function select(tab) {
  mode = tab.id.replace("tab-", "");
  for (const each of tabs) {
    const current = each === tab;
    each.setAttribute("aria-selected", String(current));
    each.tabIndex = current ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = !current;
  }
  byId("kind").hidden = mode === "photo";
  byId("keywords-field").hidden = byId("choices").hidden = mode === "picture";
  nameSubmit();
  refreshSubmit();
}

// Nothing is written about a photo before what it shows could be read and corrected.
function refreshSubmit() {
  byId("submit").disabled = busy || (mode === "photo" && captioning.awaited());
}

function moveAmongTabs(event) {
  const shown = tabs.filter((tab) => !tab.hidden);
  const here = shown.indexOf(event.currentTarget);
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -here, End: shown.length - 1 - here };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const there = shown[(here + steps[event.key] + shown.length) % shown.length];
  select(there);
  there.focus();
}

function fillExample() {
  [attributes.value, keywords.value] = EXAMPLES[nextExample];
  nextExample = (nextExample + 1) % EXAMPLES.length;
  clearError("attributes");
  clearError("keywords");
  refresh();
}

function refresh() {
  const size = length(attributes.value.trim());
  const count = byId("attributes-count");
  count.textContent = `${size} / ${ATTRIBUTES.most}`;
  count.classList.toggle("over", size > ATTRIBUTES.most);
  byId("chips").replaceChildren(...parseKeywords().map((keyword) => {
    const chip = document.createElement("li");
    chip.textContent = keyword;
    return chip;
  }));
}

function parseKeywords() {
  const seen = new Map();
  for (const piece of keywords.value.split(/[,;\n]/)) {
    const keyword = piece.trim();
    if (keyword && !seen.has(keyword.toLowerCase())) seen.set(keyword.toLowerCase(), keyword);
  }
  return [...seen.values()];
}

function setError(field, reason, name = NAMES[field]) {
  const note = byId(`${field}-note`);
  note.textContent = `${name} ${reason.replace(/\.$/, "")}.`;
  note.classList.add("error");
  byId(field).setAttribute("aria-invalid", "true");
}

function clearError(field) {
  const note = byId(`${field}-note`);
  note.textContent = note.dataset.hint;
  note.classList.remove("error");
  byId(field).removeAttribute("aria-invalid");
  if (field === "attributes") clearError("prompt");  // it may have said the same
}

// The service counts characters, JavaScript UTF-16 units.
function length(text) {
  return [...text].length;
}
