import { Refused } from "./calls.js";

const TIMEOUT_MS = 10_000;

const OVER_TLS = /(?:^|; )__Host-csrftoken=([^;]+)/;
const PLAIN = /(?:^|; )csrftoken=([^;]+)/;

/** Read at the moment of sending: signing in again in another tab changes it. */
function csrfToken() {
  const kept = globalThis.document?.cookie ?? "";
  return (kept.match(OVER_TLS) ?? kept.match(PLAIN))?.[1] ?? "";
}

/** Does by POST what a WebSocket's `send` does. Rejects with a Refused. */
export async function sendByHttp(url, action, data) {
  const response = await fetch(`${url}/api/v1/sync/send`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ type: action, data }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => Promise.reject(new Refused({ code: "no_answer" })));
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused({ code: "refused", ...answer, status: response.status });
  return answer.data;
}
