// How long to wait before the next attempt, in milliseconds.

const FLOOR_MS = 500;
const CEILING_MS = 20_000;
const SMALL_JITTER_MS = 1_000;

/** Full jitter between 0.5 s and a bound that doubles with each attempt up to 20 s; a server's hint is a floor. */
export function backOff(attempt, hint = 0, random = Math.random) {
  const bound = Math.min(CEILING_MS, FLOOR_MS * 2 ** attempt);
  return Math.max(hint, FLOOR_MS + random() * (bound - FLOOR_MS));
}

/** For a server that asked us to come back at once: only enough to keep a thousand clients from arriving together. */
export const atOnce = (random = Math.random) => random() * SMALL_JITTER_MS;

/** The Retry-After header of a response in milliseconds, 0 without one. */
export const retryAfter = (response) => 1_000 * (Number(response.headers.get("Retry-After")) || 0);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The result of a task, tried until it has one. */
export async function untilAnswered(task, attempt = 1) {
  try {
    return await task();
  } catch {
    await pause(backOff(attempt));
    return untilAnswered(task, attempt + 1);
  }
}
