/** Lets an element glow once: something in it is new. The stylesheet keeps it still for who wants that. */
export function glow(element) {
  element.classList.remove("is-changed");
  void element.offsetWidth; // so that the animation starts again
  element.classList.add("is-changed");
  element.addEventListener("animationend", () => element.classList.remove("is-changed"), { once: true });
}

/** Writes texts into the [data-figure] elements of a board; those that change glow. */
export function writeFigures(board, texts) {
  for (const [name, text] of Object.entries(texts)) {
    const element = board.querySelector(`[data-figure="${name}"]`);
    if (element.textContent === text) continue;
    element.textContent = text;
    glow(element);
  }
}
