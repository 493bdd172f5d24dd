import { bodyOf } from "./form_body.js";
import { send } from "./request.js";

/**
 * Sends a form to the API: promises { answer } or { problem }, whose detail says what to do.
 * `url` may hold {field}: a field of the form, which then stays out of the body. `digits` are the currency's decimals.
 */
export async function call(form, { url, method, digits }, t) {
  const names = [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const address = url.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name].value));
  try {
    const response = await send(method, address, { body: JSON.stringify(bodyOf(form, { digits, without: names })) });
    if (response.status === 401) return { problem: { detail: t("signed_out") } };
    const told = response.status === 204 ? {} : await response.json();
    return response.ok ? { answer: told } : { problem: told };
  } catch {
    return { problem: { detail: t(navigator.onLine ? "no_answer" : "offline") } };
  }
}
