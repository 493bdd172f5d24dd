import { pause, retryAfter } from "../realtime/backoff.js";
import { post } from "../ui/request.js";

const WAITS_MS = [1_000, 2_000, 4_000]; // between attempts; then a person decides

const isWorthAnother = ({ status, code }) => status >= 500 || status === 429 || code === "in_progress";

/**
 * Sends an order, again and again with its one key while there is no clear answer.
 * Promises { kind: "sold", sale }, { kind: "refused", problem }, "signed_out", or "unknown": nobody knows.
 */
export async function sell(url, order, { send = post, wait = pause } = {}) {
  for (const waitMs of [...WAITS_MS, null]) {
    const { outcome, hint } = await attempt(send, url, order);
    if (outcome) return outcome;
    if (waitMs !== null) await wait(Math.max(waitMs, hint));
  }
  return { kind: "unknown" };
}

async function attempt(send, url, order) {
  try {
    const response = await send(url, order);
    if (response.ok) return { outcome: { kind: "sold", sale: await response.json() } };
    if (response.status === 401) return { outcome: { kind: "signed_out" } };
    const problem = await problemOf(response);
    return isWorthAnother(problem) ? { hint: retryAfter(response) } : { outcome: { kind: "refused", problem } };
  } catch {
    return { hint: 0 }; // no network, or an answer that was cut off: it may have sold
  }
}

/** The problem+json of a refusal; a proxy's or a page's error has only its status. */
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return { code: "refused", ...problem, status: response.status };
}
