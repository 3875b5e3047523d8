// The page: from the form to the service to the result card, one request at a time.

import { Cancelled, Problem, ask, channels, health, randomSeed } from "./api.js";
import { clearDraft, showDraft } from "./draft.js";
import { offerChannels, offerPictures, setBusy, showErrors, startForm } from "./form.js";
import { demonstrationBadge, showAnswer } from "./result.js";

const ASK_AGAIN_MS = 2_000;
const WORKING = { text: "Writing…", photo: "Looking at the photo and writing…", picture: "Painting…" };
const byId = (id) => document.getElementById(id);
const states = ["empty", "busy", "problem", "answer"];

let models = null;
let last = null;
let request = null;

// A new attempt answers an old problem, even where the form stops it.
byId("form").addEventListener("submit", () => { if (!byId("problem").hidden) show("empty", "", { focus: false }); });
startForm((product) => write(product, null));
byId("cancel").addEventListener("click", () => request?.abort());
byId("again").addEventListener("click", () => write(last.product, last.seed));
byId("another").addEventListener("click", () => write(last.product, randomSeed()));
watchHealth();
channels().then(offerChannels, () => {});

async function write(product, seed) {
  if (request) return;
  last = { product, seed };
  const before = states.find((state) => !byId(state).hidden);
  const began = performance.now();
  request = new AbortController();
  const stopClock = startBusy(product, began);
  try {
    const answer = await ask(product, seed, request.signal, showDraft);
    show("answer", showAnswer(answer, product, models, (performance.now() - began) / 1000));
  } catch (error) {
    fail(error, before);
  } finally {
    stopClock();
    request = null;
    setBusy(false);
  }
}

function startBusy(product, began) {
  setBusy(true);
  const tell = () => { byId("elapsed").textContent = `${Math.floor((performance.now() - began) / 1000)} s`; };
  tell();
  clearDraft();
  byId("working").textContent = WORKING[product.mode];
  show("busy", byId("working").textContent);
  const clock = setInterval(tell, 250);
  return () => clearInterval(clock);
}

function fail(error, before) {
  const back = before === "answer" ? "answer" : "empty";
  if (error instanceof Cancelled) {
    show(back, "Cancelled.");
    setBusy(false);
    byId("submit").focus();
    return;
  }
  if (!(error instanceof Problem)) console.error(error);
  const problem = error instanceof Problem ? error : new Problem("The answer could not be shown", "Please try again.");
  const rest = showErrors(problem.errors);
  if (problem.errors.length > 0 && rest.length === 0) {
    // The words stand at the field, and the focus is there.
    show(back, "", { focus: false });
    return;
  }
  byId("problem-title").textContent = problem.title;
  byId("problem-detail").textContent = problem.detail;
  byId("again").hidden = !problem.passing;
  show("problem", `${problem.title}. ${problem.detail}`);
}

/** Show one state of the result card and lead the reader there. */
function show(state, words, { focus = true } = {}) {
  for (const each of states) byId(each).hidden = each !== state;
  byId("result").setAttribute("aria-busy", String(state === "busy"));
  byId("announce").textContent = words;
  if (!focus) return;
  const target = state === "busy" ? byId("cancel") : byId("result-title");
  target.focus({ preventScroll: true });
  byId("result").scrollIntoView({ block: "nearest" });
}

async function watchHealth() {
  const sign = byId("health");
  try {
    models = await health();
    sign.dataset.state = models ? "ready" : "loading";
    sign.textContent = models ? "Ready" : "The models are loading…";
  } catch {
    sign.dataset.state = "away";
    sign.textContent = "Service not reachable";
  }
  if (models?.image_model) offerPictures();
  if (models) showModels();
  else setTimeout(watchHealth, ASK_AGAIN_MS);
}

function showModels() {
  const line = byId("models");
  line.textContent = `Text: ${models.language_model} · Photos: ${models.vision_model} `
    + (models.image_model ? `· Pictures: ${models.image_model} ` : "");
  if (Object.values(models.models ?? {}).some((model) => model.demonstration)) line.append(demonstrationBadge());
}
