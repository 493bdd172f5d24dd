// Requests to our own API with the session's cookie.

const TIMEOUT_MS = 8_000;

/** Read at the moment of sending: signing in again in another tab changes it. */
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

export function get(url) {
  return fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

export function post(url, body) {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}
