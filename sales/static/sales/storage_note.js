const PATIENCE_MS = 3_000; // with a network, a sale is sent before

/** Asks the browser never to clear the outbox; where it refuses, `note` says so, once, while something stays unsent. */
export async function askToKeep(note, outbox, { storage = navigator.storage, ms = PATIENCE_MS } = {}) {
  const isKept = await storage?.persist?.().catch(() => false);
  if (isKept !== false) return; // kept, or a browser that can't be asked
  let timer = null;
  let isTold = false;
  const look = () => {
    if (outbox.sales.length && !isTold) timer ??= setTimeout(() => (note.hidden = false), ms);
    else hide();
  };
  const hide = () => {
    clearTimeout(timer);
    [timer, isTold, note.hidden] = [null, isTold || !note.hidden, true];
  };
  note.addEventListener("click", ({ target }) => target.closest("button") && hide());
  outbox.addEventListener("change", look);
  look();
}
