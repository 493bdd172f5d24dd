// One sentence at the foot of a page, for a few seconds: that something is done.

const SAID = "said";

export function say(text, detail) {
  document.getElementById("toasts")?.show(text, detail);
}

/** Says it on the page that is opened next. */
export const sayNext = (text) => sessionStorage.setItem(SAID, text);

/** What the page before has left to say. */
export async function sayWhatIsDone() {
  const text = sessionStorage.getItem(SAID);
  if (!text) return;
  sessionStorage.removeItem(SAID);
  await customElements.whenDefined("toast-area");
  say(text);
}
