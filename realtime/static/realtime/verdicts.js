// What the end of a connection asks of the client: sign_in, stop, poll, at_once or back_off (realtime.md §5).

const SIGN_IN = 4001;
const BAR_FULL = 4130;
const SERVER_RESTART = 1012;
const VERDICTS = { sign_in: "sign_in", not_found: "at_once", drain: "at_once", full: "poll" };

/** Of a WebSocket close code, by range. */
export function closeVerdict(code) {
  if (code === SIGN_IN) return "sign_in";
  if (code === BAR_FULL) return "poll";
  if (code === SERVER_RESTART) return "at_once";
  return { 40: "stop", 42: "at_once" }[Math.floor(code / 100)] ?? "back_off";
}

/** Of the `code` of an error that comes instead of a welcome; after not_found, without the stream that it names. */
export const errorVerdict = (code) => VERDICTS[code] ?? "back_off";

/** Of the status of an HTTP twin that refused. */
export const httpVerdict = (status) => ({ 401: "sign_in", 403: "stop", 404: "stop", 406: "stop" })[status] ?? "back_off";
