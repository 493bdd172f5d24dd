// What the end of a connection asks of the client: sign_in, stop, poll, at_once or back_off (realtime.md §5).

const SIGN_IN = 4001;
const BAR_FULL = 4130;
const SERVER_RESTART = 1012;

/** Of a WebSocket close code, by range. */
export function closeVerdict(code) {
  if (code === SIGN_IN) return "sign_in";
  if (code === BAR_FULL) return "poll";
  if (code === SERVER_RESTART) return "at_once";
  return { 40: "stop", 42: "at_once" }[Math.floor(code / 100)] ?? "back_off";
}

/** Of the `code` of an error message that comes instead of a welcome. */
export const errorVerdict = (code) => ({ sign_in: "sign_in", not_found: "stop" })[code] ?? "back_off";

/** Of the status of an HTTP twin that refused. */
export const httpVerdict = (status) => ({ 401: "sign_in", 403: "stop", 404: "stop" })[status] ?? "back_off";
