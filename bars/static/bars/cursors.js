import { answerOf, get } from "../ui/request.js";

/** Where a stream stands now, also one on which nobody has talked or rung yet: what is read after this is followed since. */
export const cursorOf = async (stream) => (await answerOf(get("/api/v1/notifications"))).cursors[stream];
