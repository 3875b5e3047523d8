// The photo: chosen, dropped, pasted or taken, shown before it is sent.

const MOST_BYTES = 10 * 1024 * 1024;
const byId = (id) => document.getElementById(id);

/** `onChange` is called with a reason when a file cannot be taken, else with null. */
export function createPhoto(onChange) {
  const input = byId("image");
  const camera = byId("camera");
  const drop = byId("drop");
  let file = null;

  function take(chosen) {
    const reason = chosen ? refusal(chosen) : null;
    show(reason ? null : chosen);
    onChange(reason);
  }

  function show(chosen) {
    file = chosen;
    input.value = camera.value = "";
    const image = byId("preview-image");
    if (image.src) URL.revokeObjectURL(image.src);
    if (file) image.src = URL.createObjectURL(file);
    else image.removeAttribute("src");
    image.hidden = !file;
    byId("preview-none").hidden = true;
    byId("preview-name").textContent = file ? `${file.name} · ${readableSize(file.size)}` : "";
    byId("invite").hidden = Boolean(file);
    byId("preview").hidden = !file;
  }

  for (const chooser of [input, camera]) {
    chooser.addEventListener("change", () => { if (chooser.files.length) take(chooser.files[0]); });
  }
  byId("preview-image").addEventListener("error", () => {
    byId("preview-image").hidden = true;
    byId("preview-none").hidden = false;
  });
  byId("take").addEventListener("click", () => camera.click());
  byId("remove").addEventListener("click", () => { take(null); input.focus(); });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
    });
  }
  // A photo dropped beside the field would otherwise replace the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

  // Text with a picture of it, as office programs copy it, is pasted as text.
  window.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const isText = types.includes("text/plain") && event.target.matches("#caption, #keywords");
    if (byId("panel-photo").hidden || !files.length || isText) return;
    event.preventDefault();
    take(files[0]);
  });

  return { file: () => file, take };
}

// Which formats can be read is for the service to say: browsers name many files wrongly or not at all.
function refusal(file) {
  if (file.size > MOST_BYTES) return `must have at most 10 MB; this one has ${readableSize(file.size)}`;
  if (file.size === 0) return "is empty";
  if (file.type && !file.type.startsWith("image/")) return `must be a picture; ${file.name} is not`;
  return null;
}

function readableSize(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
