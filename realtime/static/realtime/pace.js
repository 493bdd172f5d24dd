// How long a page that polls waits between requests.

const LEAST_MS = 5_000; // where nobody looks or the network is slow, an answer isn't followed by the next request at once
const SLOW = 3;
const HIDDEN = 4;

/** `interval` ms is the server's wish. Infinity: a hidden page that saves data asks again when it is looked at. */
export function pace(interval, { isHidden = false, connection } = {}) {
  const { saveData = false, effectiveType = "4g" } = connection ?? {};
  if (saveData && isHidden) return Infinity;
  const isSlow = saveData || effectiveType.endsWith("2g");
  if (!isSlow && !isHidden) return interval;
  return Math.max(interval, LEAST_MS) * (isSlow ? SLOW : 1) * (isHidden ? HIDDEN : 1);
}
