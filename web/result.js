// The answer: the text with its evidence marked, what was checked, and what wrote it.

const CHECKS = {
  length: "Length",
  attributes: "Facts",
  keywords: "Keywords",
  numbers: "Numbers",
  names: "Names",
  "named values": "Names and values",
  "plain text": "Plain text",
  sentences: "Sentences",
};
const byId = (id) => document.getElementById(id);

/** Fill the answer card; `models` is what /health told of the models (or null), `seconds` what the user waited. */
export function showAnswer(answer, product, models, seconds) {
  showPhoto(answer, product);
  showDescription(answer, product);
  showMissing(answer.missing ?? []);
  showChecks(answer.checks ?? []);
  showAbout(answer, models, seconds);
}

/** One sentence for those who do not see the card. */
export function summary({ checks = [] }) {
  const passed = checks.filter((check) => check.passed).length;
  return passed === checks.length ? `All ${checks.length} checks passed` : `${passed} of ${checks.length} checks passed`;
}

function showPhoto({ caption, caption_confidence: confidence }, { image }) {
  const photo = byId("seen-image");
  if (photo.src) URL.revokeObjectURL(photo.src);
  byId("seen").hidden = caption === undefined;
  if (caption === undefined) return;
  photo.src = URL.createObjectURL(image);
  const own = confidence === null || confidence === undefined;
  byId("seen-label").textContent = own ? "The photo, in your words" : "The photo, as the model sees it";
  byId("seen-caption").textContent = caption || "The model found no words for this photo.";
  byId("seen-certainty").textContent = own ? "" : `${Math.round(confidence * 100)} % sure. Not right? Say what it shows, and write again.`;
}

function showDescription({ description, evidence = [] }, { mode }) {
  // Evidence counts characters, JavaScript UTF-16 units.
  const characters = [...description];
  const parts = [];
  let end = 0;
  const sources = new Set();
  for (const span of [...evidence].sort((a, b) => a.start - b.start)) {
    if (span.start < end) continue;
    const source = span.source === "keyword" ? "keyword" : "fact";
    const mark = element("mark", characters.slice(span.start, span.end).join(""));
    mark.dataset.source = source;
    mark.title = `${source === "keyword" ? "Keyword" : "Fact"} ${span.number}${span.value ? `: ${span.value}` : ""}`;
    parts.push(characters.slice(end, span.start).join(""), mark);
    sources.add(source);
    end = span.end;
  }
  byId("description").replaceChildren(...parts, characters.slice(end).join(""));
  const shown = { fact: mode === "text" && sources.has("fact"), caption: mode === "photo" && sources.has("fact"),
    keyword: sources.has("keyword") };
  byId("legend").hidden = sources.size === 0;
  for (const entry of byId("legend").children) entry.hidden = !shown[entry.dataset.source];
}

function showMissing(missing) {
  byId("missing").hidden = missing.length === 0;
  byId("missing-list").replaceChildren(...missing.map((value) => element("li", value)));
}

function showChecks(checks) {
  byId("verdict").textContent = summary({ checks });
  byId("checks").replaceChildren(...checks.map((check) => {
    const item = element("li");
    item.className = check.passed ? "passed" : "failed";
    const verdict = element("span", check.passed ? "Passed" : "Failed");
    verdict.className = "word";
    const words = element("div", element("strong", CHECKS[check.name] ?? check.name), element("span", sentence(check.message)));
    if (check.found?.length) words.append(element("span", quote(check.found)));
    item.append(verdict, words);
    return item;
  }));
}

function showAbout(answer, models, seconds) {
  const text = models?.models?.text;
  const wrote = [element("span", answer.language_model ?? answer.model?.name ?? "unknown model")];
  if (text?.demonstration ?? answer.model?.demonstration) wrote.push(demonstrationBadge());
  const entries = [
    ["Written by", ...wrote],
    answer.vision_model && answer.caption_confidence !== null && ["Photo read by", answer.vision_model],
    ["Time", `${seconds.toFixed(1)} s`],
    answer.attempts && ["Candidates", String(answer.attempts)],
    answer.tokens && ["Tokens", String(answer.tokens)],
    answer.seed !== undefined && ["Seed", String(answer.seed)],
    answer.dvc_hashes?.text && ["Weights", answer.dvc_hashes.text.slice(0, 12)],
  ];
  byId("about").replaceChildren(...entries.filter(Boolean).map(([term, ...values]) =>
    element("div", element("dt", term), element("dd", ...values))));
}

/** The mark of a checkpoint that the project trained to show the way, not to sell with. */
export function demonstrationBadge() {
  const badge = element("span", "starter: demonstration copy");
  badge.className = "badge";
  return badge;
}

function element(name, ...children) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}

// A text that fails throughout would be quoted as a whole.
function quote(found) {
  const quoted = found.slice(0, 5).map((words) => `“${words.length > 60 ? `${words.slice(0, 60)}…` : words}”`);
  return quoted.join(", ") + (found.length > 5 ? ` and ${found.length - 5} more` : "");
}

function sentence(message = "") {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
