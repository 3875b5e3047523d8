// Buttons that copy a text.

const BACK_MS = 2_000;

/** Let `button` copy `text`, which `source` shows and which is called `name`. */
export function offerCopy(button, { label, name, text, source }) {
  button.textContent = button.dataset.label = label;
  button.onclick = async () => {
    const [told, spoken] = await put(text, source);
    button.textContent = told;
    document.getElementById("announce").textContent = `${name} ${spoken}`;
    // By then the button may belong to the next answer.
    setTimeout(() => { button.textContent = button.dataset.label; }, BACK_MS);
  };
}

async function put(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return ["Copied", "copied."];
  } catch {
    // Without https a browser gives no clipboard: mark the text, the rest is one key.
    getSelection().selectAllChildren(source);
    return ["Press Ctrl + C", "selected. Copy with Control and C."];
  }
}
