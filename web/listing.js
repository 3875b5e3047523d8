// A whole listing, field by field.

import { offerCopy } from "./clipboard.js";
import { checkItem, classed, element, hinders, leftOutItem, legend, marked, passed, quote } from "./parts.js";

const NAMES = {
  title: "Title",
  description: "Description",
  bullets: "Bullet points",
  tags: "Tags",
  seo_title: "SEO title",
  meta_description: "Meta description",
  alt_text: "Alt text",
};
const SEPARATORS = { bullets: "\n", tags: ", " };

/** The entries of a listing, to be shown one below the other. */
export function listingEntries(answer) {
  return Object.keys(NAMES).map((field) => entry(field, answer));
}

/** A listing as one text, each field below its name. */
export function listingText(answer) {
  return Object.entries(NAMES).map(([field, name]) => `${name}\n${textOf(field, answer)}`).join("\n\n");
}

/** Names of the fields that failed a check. */
export function failedFields({ checks }) {
  return Object.keys(NAMES).filter((field) => checks[field].some(hinders)).map((field) => NAMES[field]);
}

export function listingSummary(answer) {
  const count = Object.keys(NAMES).length;
  const wrong = failedFields(answer).length;
  return wrong === 0 ? `All ${count} fields passed their checks` : `${count - wrong} of ${count} fields passed their checks`;
}

function entry(field, answer) {
  const text = textOf(field, answer);
  const checks = answer.checks[field].map((check) => counted(check, text));
  const length = checks.find(({ name }) => name === "length");
  const wrong = checks.filter((check) => !passed(check));
  const value = shownValue(field, answer);
  const section = classed("section.entry", head(field, text, value), value);
  if (field === "description") section.append(legend(answer.evidence.description, "text"));
  if (passed(length)) section.append(classed("p.count", length.message));
  if (wrong.length > 0) section.append(classed("ul.checks", ...wrong.map(failedItem)));
  const leftOut = answer.left_out?.[field] ?? [];
  if (leftOut.length > 0) {
    section.append(classed("p.count", "Not asked for:"), classed("ul.left-out-list", ...leftOut.map(leftOutItem)));
  }
  section.dataset.field = field;
  return section;
}

function head(field, text, source) {
  const name = NAMES[field];
  const button = classed("button.link");
  button.type = "button";
  button.setAttribute("aria-label", `Copy ${name}`);
  offerCopy(button, { label: "Copy", name, text, source });
  return classed("div.label-row", element("h3", name), button);
}

function shownValue(field, answer) {
  if (field === "description") return classed("p.description", ...marked(answer.description, answer.evidence.description));
  if (!(field in SEPARATORS)) return classed("p.value", answer[field]);
  return classed(field === "tags" ? "ul.chips" : "ul.bullets", ...answer[field].map((item) => element("li", item)));
}

// The length of a description is told in words, those of the other fields in characters.
function counted(check, text) {
  if (check.name !== "length" || check.message.includes("characters")) return check;
  return { ...check, message: `${[...text].length} characters, ${check.message}` };
}

function failedItem(check) {
  const item = checkItem(check);
  if (check.missing.length > 0) item.lastChild.append(element("span", `Missing: ${quote(check.missing)}`));
  return item;
}

function textOf(field, answer) {
  return field in SEPARATORS ? answer[field].join(SEPARATORS[field]) : answer[field];
}
