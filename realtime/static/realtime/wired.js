import { Gaze } from "./gaze.js";
import { meetingOf } from "./meeting.js";
import { PollTransport } from "./poll.js";
import { SseTransport } from "./sse.js";
import { Switchboard } from "./switchboard.js";
import { WebSocketTransport } from "./websocket.js";
import { Wire } from "./wire.js";

const TRANSPORTS = { websocket: WebSocketTransport, sse: SseTransport, poll: PollTransport };
const here = () => globalThis.location?.origin;
const signedIn = () => globalThis.document?.documentElement.dataset.user;

/** A wire whose end, should this tab lead, has every transport. Tests bring their own transports, meeting and gaze. */
export function wired({ mode = "auto", url = here(), user = signedIn(), ...parts }, hooks) {
  const { transports = TRANSPORTS, meeting = meetingOf(user), gaze = new Gaze() } = parts;
  const lead = (port, chosen) => new Switchboard(port, { mode: chosen, url, user, transports, gaze });
  return new Wire(meeting, { ...hooks, mode, lead, isHidden: () => gaze.isHidden });
}
