// The calls to the service. Every failure becomes a Problem, whose words can be shown as they are.

const GIVE_UP_MS = 180_000;
const MAX_SEED = 2 ** 32 - 1;

export class Problem extends Error {
  constructor(title, detail, { status = 0, errors = [] } = {}) {
    super(detail);
    Object.assign(this, { title, detail, status, errors });
  }

  /** Whether the same request may well succeed a little later. */
  get passing() {
    return [0, 408, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/** Thrown when the user took the request back. */
export class Cancelled extends Error {}

// Without these a description is waited for as a whole.
const STREAMS = "TextDecoderStream" in globalThis && "body" in Response.prototype;

/** The text for `product` ({mode, kind, attributes | image, caption, keywords, tone, channel}), or the pictures for one of the mode
 * "picture" ({prompt | attributes, count}); `seed` null lets the service choose. `onText` is told a description as it is
 * written: the text so far, and whether it goes on from the one before.
 */
export async function ask(product, seed, signal, onText) {
  if (product.mode === "picture") return paint(product, seed ?? randomSeed(), signal);
  if (product.mode === "photo") return postPhoto("generate-from-image/", photoForm(product, seed), signal);
  const { attributes, keywords, tone, channel } = product;
  const body = json({ attributes, keywords: keywords || null, tone, channel, seed });
  if (product.kind === "listing") return post("generate-listing/", body, signal);
  if (!STREAMS) return post("generate-description/", body, signal);
  return post("generate-description/stream/", body, signal, (response) => readEvents(response, onText));
}

/** What the vision model sees on the photo `image`, before anything is written: {caption, caption_confidence, caption_guess}. */
export async function look(image, signal) {
  const form = new FormData();
  form.append("image", image);
  return postPhoto("caption-image/", form, signal);
}

/** Any of the seeds that the service takes. */
export function randomSeed() {
  return Math.floor(Math.random() * (MAX_SEED + 1));
}

/** {pictures: [{file, seed}], seed}: one picture comes as a file, several as base64 in JSON. */
async function paint({ prompt, attributes, count }, seed, signal) {
  const answer = await post("generate-image/", json({ ...(prompt ? { prompt } : { attributes }), count, seed }), signal);
  const painted = answer instanceof Blob ? [{ file: answer, seed }]
    : answer.pictures.map(({ image, seed }) => ({ file: decode(image), seed }));
  const pictures = painted.map(({ file, seed }) => ({ file: new File([file], `picture-${seed}.png`, { type: "image/png" }), seed }));
  return { pictures, seed };
}

function decode(base64) {
  return new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
}

function json(body) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Where a listing can be published: [{name, title, rules}]. */
export async function channels() {
  const response = await fetch("v1/channels", { signal: AbortSignal.timeout(10_000) });
  return response.ok ? (await response.json()).channels : [];
}

/** What the service says of its models, or null while it cannot write. */
export async function health() {
  const response = await fetch("health", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  return response.ok ? (await response.json()).model_metadata : null;
}

function photoForm({ image, keywords, caption, tone, channel }, seed) {
  const form = new FormData();
  form.append("image", image);
  form.append("tone", tone);
  form.append("channel", channel);
  if (keywords) form.append("keywords", keywords);
  if (caption) form.append("caption", caption);
  if (seed !== null) form.append("seed", String(seed));
  return form;
}

// A file that is too large or of another kind is an error of the photo, though the service cannot name a field.
async function postPhoto(address, form, signal) {
  try {
    return await post(address, { body: form }, signal);
  } catch (error) {
    if ([413, 415].includes(error.status)) error.errors = [{ field: "image", reason: `was refused. ${error.detail}` }];
    throw error;
  }
}

async function post(address, request, signal, read = readAnswer) {
  const late = AbortSignal.timeout(GIVE_UP_MS);
  try {
    const response = await fetch(address, {
      ...request, method: "POST", signal: AbortSignal.any([signal, late]),
    });
    if (!response.ok) throw await readProblem(response);
    return await read(response);
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (signal.aborted) throw new Cancelled();
    if (late.aborted) throw new Problem("No answer", "The service did not answer within three minutes.");
    throw navigator.onLine
      ? new Problem("Service not reachable", "The connection to the service was lost. Nothing you entered is lost.")
      : new Problem("You are offline", "Connect to the network, then try again. Nothing you entered is lost.");
  }
}

function readAnswer(response) {
  return response.headers.get("Content-Type")?.startsWith("image/") ? response.blob() : response.json();
}

/** The answer at the end of a stream of server-sent events. */
async function readEvents(response, onText) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let [text, rest, answer] = ["", "", null];
  for (;;) {
    const { value, done } = await reader.read();
    if (done && answer) return answer;
    if (done) throw new TypeError("the stream ended before its answer");
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const [, name, data] = event.match(/^event: (.*)\ndata: ([^]*)$/);
      const told = JSON.parse(data);
      if (name === "error") throw asProblem(told.status, told);
      if (name === "done") answer = told;
      if (name === "token" || name === "restart") {
        text = name === "token" ? text + told.text : told.text;
        onText(text, name === "token");
      }
    }
  }
}

async function readProblem(response) {
  return asProblem(response.status, await response.json().catch(() => ({})));
}

function asProblem(status, problem) {
  const words = ERROR_TITLES[status] ?? problem.title ?? `Error ${status}`;
  const detail = problem.detail ?? "The service gave no reason.";
  return new Problem(words, detail, { status, errors: problem.errors ?? [] });
}

// Names of statuses mean nothing to a shop: say what happened instead.
const ERROR_TITLES = {
  413: "Too large",
  415: "This kind of file cannot be read",
  422: "Something needs another look",
  429: "Many others are being served right now",
  500: "Something went wrong in the service",
  502: "The service is not running",
  503: "The models are not ready",
  504: "This took too long",
};
