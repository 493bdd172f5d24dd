import { retryAfter } from "./backoff.js";
import { query } from "./messages.js";
import { httpVerdict } from "./verdicts.js";
const [WAIT_S, REQUEST_MS] = [5, 15_000];

/** Asks once, and waits 5 s for news. Promises { answer }, or { why, hint, refused } where there is none; never rejects. */
export async function askOnce(url, wants, seen, abort) {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(REQUEST_MS)]);
  try {
    const response = await fetch(`${url}/api/v1/sync/poll?${query(wants)}&seen=${seen}&wait=${WAIT_S}`, { signal });
    if (response.ok) return { answer: await response.json() };
    const { code, stream } = await response.json().catch(() => ({}));
    const refused = code === "not_found" ? stream : undefined;
    return { why: refused ? "at_once" : httpVerdict(response.status), hint: retryAfter(response), refused };
  } catch {
    return { why: "back_off" };
  }
}
