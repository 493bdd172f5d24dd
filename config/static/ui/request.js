// Requests to our own API with the session's cookie.

const TIMEOUT_MS = 8_000;

const OVER_TLS = /(?:^|; )__Host-csrftoken=([^;]+)/;
const PLAIN = /(?:^|; )csrftoken=([^;]+)/;

/** Read at the moment of sending: signing in again in another tab changes it. */
const csrfToken = () => (document.cookie.match(OVER_TLS) ?? document.cookie.match(PLAIN))?.[1] ?? "";

/** Refused once another person has signed in: nothing of this page's is ever written as theirs. */
function pageFor() {
  const { user } = globalThis.document?.documentElement.dataset ?? {};
  return user ? { "Page-For": user } : {};
}

export function get(url) {
  return fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** `keepalive`: done even if the page is left meanwhile. */
export const post = (url, body, options) => send("POST", url, { body: JSON.stringify(body), ...options });

export const remove = (url, options) => send("DELETE", url, options);

/** The data of an answer; rejects where there is none, or a refusal. */
export async function answerOf(asked) {
  const response = await asked;
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response.json();
}

export function send(method, url, { type = "application/json", ...options } = {}) {
  const headers = { "Content-Type": type, "X-CSRFToken": csrfToken(), ...pageFor() };
  return fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
}
