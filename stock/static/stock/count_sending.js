import { send } from "../ui/request.js";

/** Notes what was counted, or takes it back where nothing is typed. Promises the problem, or nothing once it is noted. */
export async function noteCount(url, { text, key }) {
  const body = JSON.stringify({ key, quantity: /^\d+$/.test(text) ? Number(text) : text });
  const asked = text === "" ? ["DELETE", `${url}?key=${key}`] : ["PUT", url, { body }];
  const response = await send(...asked);
  return response.ok ? undefined : response.json();
}
