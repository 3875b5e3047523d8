// Painted pictures: shown, to be kept, or to be described.

import { describePicture } from "./form.js";
import { classed, element } from "./parts.js";

const list = document.getElementById("pictures");

/** Show the pictures of an answer; returns one sentence for those who do not see them. */
export function showPictures({ pictures }, { prompt, attributes }) {
  for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  list.replaceChildren(...pictures.map(({ file, seed }, number) => {
    const image = classed("img");
    image.src = URL.createObjectURL(file);
    image.alt = `Picture ${number + 1} painted for: ${prompt || attributes}`;
    return element("li", image, actions(file, image.src, number + 1), classed("small.note", `Seed ${seed}`));
  }));
  return pictures.length === 1 ? "Picture ready." : `${pictures.length} pictures ready.`;
}

function actions(file, address, number) {
  const save = classed("a.button", "Download");
  save.href = address;
  save.download = file.name;
  save.setAttribute("aria-label", `Download picture ${number}`);
  const describe = classed("button.button", "Describe it");
  describe.type = "button";
  describe.setAttribute("aria-label", `Describe picture ${number}`);
  describe.addEventListener("click", () => describePicture(file));
  return classed("div.buttons", save, describe);
}
