// What descriptions and listings are shown with: marked evidence, what the marks mean, and checks.

const CHECKS = {
  length: "Length",
  attributes: "Facts",
  keywords: "Keywords",
  numbers: "Numbers",
  binding: "Values in their place",
  names: "Names",
  claims: "Claims",
  "named values": "Names and values",
  "plain text": "Plain text",
  avoided: "Words to avoid",
  channel: "Channel",
  sentences: "Sentences",
  words: "Words",
};

const VERDICTS = { passed: "Passed", failed: "Failed", not_run: "Not run" };

export function element(name, ...children) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}

/** An element of `name`, such as "ul.chips" for a list of class chips. */
export function classed(name, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = element(tag, ...children);
  node.className = classes.join(" ");
  return node;
}

/** The nodes of `text` in which each span of `evidence` is marked. */
export function marked(text, evidence) {
  // Evidence counts characters, JavaScript UTF-16 units.
  const characters = [...text];
  const nodes = [];
  let end = 0;
  for (const span of [...evidence].sort((a, b) => a.start - b.start)) {
    if (span.start < end) continue;
    const mark = markOf(sourceOf(span), characters.slice(span.start, span.end).join(""));
    mark.title = `${span.source === "keyword" ? "Keyword" : "Fact"} ${span.number}${span.value ? `: ${span.value}` : ""}`;
    nodes.push(characters.slice(end, span.start).join(""), mark);
    end = span.end;
  }
  return [...nodes, characters.slice(end).join("")];
}

/** What the marks of `evidence` mean, for a text written in `mode`. */
export function legend(evidence, mode) {
  const meanings = { fact: mode === "photo" ? "from the caption" : "from your facts", keyword: "from your keywords" };
  const sources = new Set(evidence.map(sourceOf));
  const shown = Object.keys(meanings).filter((source) => sources.has(source));
  const list = classed("ul.legend", ...shown.map((source) => element("li", markOf(source, meanings[source]))));
  list.setAttribute("aria-label", "What the marks mean");
  list.hidden = shown.length === 0;
  return list;
}

export function checkItem(check) {
  const words = element("div", element("strong", CHECKS[check.name] ?? check.name), element("span", sentence(check.message)));
  if (check.found?.length) words.append(element("span", quote(check.found)));
  const advice = check.severity === "advice" && !passed(check);
  return classed(`li.${advice ? "advice" : check.status}`, classed("span.word", advice ? "Advice" : VERDICTS[check.status]), words);
}

/** Whether it ran and found nothing wrong. */
export function passed({ status }) {
  return status === "passed";
}

/** Whether a text with this verdict is not to be published as it is. */
export function hinders(check) {
  return check.severity !== "advice" && !passed(check);
}

/** A fact or keyword that the text was not asked to state, with the reason. */
export function leftOutItem({ kind, name, value, reason }) {
  return element("li", `${sentence(kind)} ${quote([name ? `${name}: ${value}` : value])} `, element("span", `(${reason})`));
}

// A text that fails throughout would be quoted as a whole.
export function quote(found) {
  const quoted = found.slice(0, 5).map((words) => `“${words.length > 60 ? `${words.slice(0, 60)}…` : words}”`);
  return quoted.join(", ") + (found.length > 5 ? ` and ${found.length - 5} more` : "");
}

export function sentence(message = "") {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

function sourceOf({ source }) {
  return source === "keyword" ? "keyword" : "fact";
}

function markOf(source, text) {
  const mark = element("mark", text);
  mark.dataset.source = source;
  return mark;
}
