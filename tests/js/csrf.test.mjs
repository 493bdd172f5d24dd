import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { post } from "../../config/static/ui/request.js";
import { sendByHttp } from "../../realtime/static/realtime/http_send.js";

const sent = [];
mock.method(globalThis, "fetch", async (_, { headers }) => {
  sent.push(headers["X-CSRFToken"]);
  return { ok: true, json: async () => ({}) };
});

/** What both send with these cookies. */
async function tokens(cookie) {
  globalThis.document = { cookie, documentElement: { dataset: {} } };
  sent.length = 0;
  await post("/x", {});
  await sendByHttp("", "chat.say", {});
  return sent;
}

for (const [kept, expected] of [
  ["theme=dark; csrftoken=plain", "plain"],
  ["csrftoken=from-before-tls; __Host-csrftoken=tls", "tls"],
  ["xcsrftoken=another; x__Host-csrftoken=another", ""],
  ["", ""],
]) {
  test(`"${kept}" proves itself by "${expected}"`, async () => assert.deepEqual(await tokens(kept), [expected, expected]));
}
