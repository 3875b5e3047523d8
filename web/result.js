// The answer: the text with its evidence marked, what was checked, and what wrote it.

import { offerCopy } from "./clipboard.js";
import { failedFields, listingEntries, listingSummary, listingText } from "./listing.js";
import { channelTitle, nameProduct } from "./form.js";
import { showPictures } from "./pictures.js";
import { checkItem, classed, element, hinders, leftOutItem, legend, marked, passed, sentence } from "./parts.js";

const byId = (id) => document.getElementById(id);

/** Fill the answer card; `models` is what /health told of the models (or null), `seconds` what the user waited.
 *
 * Returns one sentence for those who do not see the card.
 */
export function showAnswer(answer, product, models, seconds) {
  const shown = product.mode === "picture" ? "pictures" : product.kind === "listing" ? "listing" : "description";
  for (const id of ["description", "legend", "checked"]) byId(id).hidden = shown !== "description";
  byId("listing").hidden = shown !== "listing";
  byId("pictures").hidden = shown !== "pictures";
  byId("copy").hidden = shown === "pictures";
  byId("another").textContent = shown === "pictures" ? "Paint others" : "Write another";
  // Above a listing, which is long; below a description, whose words are not to jump once they have been read.
  byId(shown === "description" ? "legend" : "seen").after(byId("incomplete"));
  showPhoto(answer, product);
  showList("missing", shown === "description" ? (answer.missing ?? []).map((value) => element("li", value)) : []);
  showList("left-out", shown === "description" ? (answer.left_out ?? []).map(leftOutItem) : []);
  showAbout(answer, product, models, seconds);
  if (shown === "pictures") {
    showIncomplete(true);
    return showPictures(answer, product);
  }
  return shown === "listing" ? showListing(answer) : showDescription(answer, product) + doubt(answer);
}

function doubt({ caption_guess: guess }) {
  return guess ? ` The model is not sure what the photo shows, perhaps ${guess}. The text names no product.` : "";
}

function showPhoto({ caption, caption_confidence: confidence, caption_guess: guess }, { image }) {
  const photo = byId("seen-image");
  if (photo.src) URL.revokeObjectURL(photo.src);
  byId("seen").hidden = caption === undefined;
  if (caption === undefined) return;
  photo.src = URL.createObjectURL(image);
  const own = confidence === null || confidence === undefined;
  byId("seen-label").textContent = own ? "The photo, in your words"
    : guess ? "The model is not sure what this is. Perhaps:" : "The photo, as the model sees it";
  byId("seen-caption").textContent = guess || caption;
  const sure = own ? "" : `${Math.round(confidence * 100)} % sure. `;
  byId("seen-certainty").textContent = own ? "" : guess
    ? `${sure}The text names no product. Say what the photo shows, and write again.`
    : `${sure}Not right? Say what it shows, and write again.`;
  byId("name-it").hidden = own;
  byId("name-it").onclick = () => nameProduct(guess || caption, image);
}

function showDescription({ description, evidence = [], checks = [], complete }, { mode }) {
  const text = byId("description");
  text.replaceChildren(...marked(description, evidence));
  const meaning = legend(evidence, mode);
  meaning.id = "legend";
  byId("legend").replaceWith(meaning);
  offerCopy(byId("copy"), { label: "Copy text", name: "Description", text: description, source: text });
  byId("verdict").textContent = summary(checks);
  byId("checks").replaceChildren(...checks.map(checkItem));
  showIncomplete(complete, `${summary(checks)}.`);
  return `Description ready. ${summary(checks)}.`;
}

function showListing(answer) {
  const listing = byId("listing");
  listing.replaceChildren(...listingEntries(answer));
  offerCopy(byId("copy"), { label: "Copy all", name: "Listing", text: listingText(answer), source: listing });
  const told = listingSummary(answer);
  showIncomplete(answer.complete, `${told}. To look at: ${failedFields(answer).join(", ")}.`);
  return `Listing ready. ${told}.`;
}

function summary(checks) {
  const asked = checks.filter((check) => passed(check) || hinders(check));
  const good = asked.filter(passed).length;
  return good === asked.length ? `All ${good} checks passed` : `${good} of ${asked.length} checks passed`;
}

function showIncomplete(complete, words = "") {
  byId("incomplete").hidden = complete !== false;
  byId("incomplete-words").textContent = words;
}

function showList(name, items) {
  byId(name).hidden = items.length === 0;
  byId(`${name}-list`).replaceChildren(...items);
}

function showAbout(answer, product, models, seconds) {
  const entries = [
    product.mode === "picture" ? ["Painted by", ...named(models?.image_model, models?.models?.image)]
      : ["Written by", ...named(answer.language_model, models?.models?.text)],
    answer.engine && ["Engine", answer.engine],
    answer.vision_model && answer.caption_confidence !== null && ["Photo read by", answer.vision_model],
    answer.tone && ["Tone", sentence(answer.tone)],
    answer.channel && ["Written for", channelTitle(answer.channel)],
    ["Time", `${seconds.toFixed(1)} s`],
    answer.attempts && ["Candidates", String(answer.attempts)],
    answer.tokens && ["Tokens", String(answer.tokens)],
    answer.seed !== undefined && ["Seed", String(answer.seed)],
    answer.dvc_hashes?.text && ["Weights", answer.dvc_hashes.text.slice(0, 12)],
    answer.pictures && models?.dvc_hashes?.image && ["Weights", models.dvc_hashes.image.slice(0, 12)],
  ];
  byId("about").replaceChildren(...entries.filter(Boolean).map(([term, ...values]) =>
    element("div", element("dt", term), element("dd", ...values))));
}

function named(name, model) {
  return [element("span", name ?? "unknown model"), ...(model?.demonstration ? [demonstrationBadge()] : [])];
}

/** The mark of a checkpoint that the project trained to show the way, not to sell with. */
export function demonstrationBadge() {
  return classed("span.badge", "starter: for demonstration");
}
