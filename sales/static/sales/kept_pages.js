/* global VERSION, OFFLINE -- a part of the worker: the view that serves it writes them before it */

// A page of a till comes from the server, and the last one kept where that doesn't answer. Pages kept are of one person:
// they go when somebody signs in or out, and when the server says that nobody is, or somebody else.

const PAGES = "pages";
const PATIENCE_MS = 2_500;
const IS_START = /^\/(?:till|bars\/)?$/;
const ANY = { ignoreSearch: true, ignoreVary: true };
const others = new Set(); // tills of another version, by the ids of their tabs

async function till(event) {
  const kept = await (await caches.open(PAGES)).match(event.request, ANY);
  const fresh = ask(event.request, event.resultingClientId);
  event.waitUntil(fresh.catch(() => {}));
  const patience = new Promise((resolve) => kept && setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([fresh, patience]).catch(() => kept ?? elsewhere("/till"));
}

async function ask(request, tab) {
  const response = await fetch(request);
  const isOurs = response.headers.get("App-Version") === VERSION;
  const pages = await caches.open(PAGES);
  if (response.type === "opaqueredirect" || response.headers.get("Page-For") !== (await whose(pages))) await caches.delete(PAGES);
  if (response.ok && isOurs) await (await caches.open(PAGES)).put(request, response.clone());
  if (response.ok && !isOurs) others.add(tab), registration.update().catch(() => {});
  return response;
}

/** The person whose pages are kept. */
async function whose(pages) {
  const [request] = await pages.keys();
  return request ? (await pages.match(request, ANY)).headers.get("Page-For") : null;
}

/** Where the network is needed and there is none: the app opens on the till that was open last. */
async function elsewhere(pathname) {
  const pages = await (await caches.open(PAGES)).keys();
  if (IS_START.test(pathname) && pages.length) return Response.redirect(pages.at(-1).url);
  return (await caches.match(OFFLINE)) ?? Response.error();
}
