import { untilAnswered } from "../realtime/backoff.js";
import { get, post } from "../ui/request.js";

// What the console of a match asks of the API.

/** The score of a match: { home, away }. */
export const scoreOf = ({ home_score, away_score }) => ({ home: home_score ?? 0, away: away_score ?? 0 });

/** Whether a match stands as the page says: its state, how it was decided, and who meets. */
export const isSame = (match, said) => ["state", "outcome", "home", "away"].every((name) => said[name] === (match[name] ?? ""));

/** Sends a tap until it is answered: its key lets it count once. Promises whether it is kept, and the answer. */
export function sendTap(url, tap) {
  return untilAnswered(async () => {
    const response = await post(`${url}/score`, tap);
    if (response.status >= 500 || response.status === 429) throw new Error(`${response.status}`);
    return { isKept: response.ok, answer: await response.json() };
  });
}

/** Promises the match as it stands, and the cursor that this is right at. */
export async function readMatch(url) {
  const response = await get(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return { match: await response.json(), cursor: response.headers.get("Cursor") };
}
