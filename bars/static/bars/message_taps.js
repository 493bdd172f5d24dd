const ARMED_MS = 4_000; // between the two taps that take a message back

/** What the buttons of a conversation do. */
export function takeTaps(place, room, { view, t }) {
  place.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-verb]");
    const key = target.closest("li")?.dataset.key;
    const { open } = room;
    if (!button || !open) return;
    const deeds = {
      older: () => open.older().catch(() => {}), // the button stays
      newest: () => view.toNewest(),
      retry: () => open.outbox.retry(key),
      discard: () => open.outbox.discard(key),
      delete: () => isSure(button, t) && open.takeBack(key),
    };
    deeds[button.dataset.verb]?.();
  });
}

/** The first tap asks; the second, soon after, is sure. */
function isSure(button, t) {
  if (button.classList.contains("is-armed")) return true;
  const words = button.querySelector("[data-sure]");
  const arm = (isArmed) => {
    button.classList.toggle("is-armed", isArmed);
    words.classList.toggle("visually-hidden", !isArmed);
    words.textContent = isArmed ? t("delete_surely") : "";
  };
  arm(true);
  setTimeout(() => arm(false), ARMED_MS);
  return false;
}
