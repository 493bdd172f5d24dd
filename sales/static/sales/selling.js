import { pause, retryAfter } from "../realtime/backoff.js";
import { post } from "../ui/request.js";

const WAITS_MS = [1_000, 2_000, 4_000]; // between attempts; then a person decides

// The server says these of a basket only after it has looked its key up: what went unanswered before is settled.
const ABOUT_THE_KEY = ["stock_insufficient", "price_changed", "unknown_product", "key_reused"];

const settles = ({ kind, problem }) => kind === "sold" || ABOUT_THE_KEY.includes(problem.code);

const isWorthAnother = ({ status, code }) => status >= 500 || status === 429 || code === "in_progress";

/**
 * Sends an order, again and again with its one key while there is no clear answer.
 * Promises { kind: "sold", sale }, { kind: "refused", problem }, "signed_out", or "unknown": nobody knows.
 * `isUnsure` when the key was sent before without an answer: then "not now" or "not you" doesn't mean "not sold".
 */
export async function sell(url, order, { isUnsure = false, send = post, wait = pause } = {}) {
  let isInDoubt = isUnsure;
  for (const waitMs of [...WAITS_MS, null]) {
    const { outcome, hint, isLost } = await attempt(send, url, order);
    if (outcome) return isInDoubt && !settles(outcome) ? { ...outcome, kind: "unknown" } : outcome;
    isInDoubt ||= isLost;
    if (waitMs !== null) await wait(Math.max(waitMs, hint));
  }
  return { kind: "unknown" };
}

async function attempt(send, url, order) {
  try {
    const response = await send(url, order);
    if (response.ok) return { outcome: { kind: "sold", sale: await response.json() } };
    const problem = await problemOf(response);
    if (isWorthAnother(problem)) return { hint: retryAfter(response), isLost: problem.status !== 429 };
    return { outcome: { kind: problem.status === 401 ? "signed_out" : "refused", problem } };
  } catch {
    return { hint: 0, isLost: true }; // no network, or an answer that was cut off: it may have sold
  }
}

/** The problem+json of a refusal; a proxy's or a page's error has only its status. */
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return { code: "refused", ...problem, status: response.status };
}
