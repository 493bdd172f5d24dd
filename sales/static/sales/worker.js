/* global VERSION, SHELL, OFFLINE -- the view that serves this file writes them before it */

// Opens the till without network. The shell (styles and modules, as of VERSION) comes from here, for tills only; a page
// of a till comes from the server, and the last one kept where that doesn't answer. Pages kept are of one person: they
// go when somebody signs in or out, and when the server says that nobody is, or somebody else.

const SHELLS = `shell.${VERSION}`;
const PAGES = "pages";
const PATIENCE_MS = 2_500;
const IS_TILL = /^\/bars\/[^/]+\/till$/;
const IS_DOOR = /^\/(?:login|logout)\/$/;
const IS_START = /^\/(?:till|bars\/)?$/;
const ANY = { ignoreSearch: true, ignoreVary: true };
const others = new Set(); // tills of another version, by the ids of their tabs

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", ({ data }) => data === "activate" && skipWaiting());
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { pathname, origin } = new URL(url);
  if (origin !== location.origin) return;
  if (IS_DOOR.test(pathname) && method === "POST") event.waitUntil(caches.delete(PAGES));
  else if (mode === "navigate" && method === "GET" && IS_TILL.test(pathname)) event.respondWith(till(event));
  else if (mode === "navigate" && method === "GET") event.respondWith(fetch(event.request).catch(() => elsewhere(pathname)));
  else if (method === "GET" && SHELL.includes(pathname)) event.respondWith(part(event, pathname));
});

async function install() {
  const shell = await caches.open(SHELLS);
  await shell.addAll([...SHELL, OFFLINE].map((path) => new Request(path, { cache: "no-cache" })));
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell.") && name !== SHELLS);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
  const tills = (await clients.matchAll()).map(({ url }) => url.split("#")[0]).filter((url) => IS_TILL.test(new URL(url).pathname));
  await Promise.all(tills.map((url) => ask(new Request(url, { redirect: "manual" })).catch(() => {})));
}

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

/** A page of another version, or of another part of the app, gets what the server has. */
async function part(event, pathname) {
  const client = others.has(event.clientId) ? null : await clients.get(event.clientId);
  const isOurs = client && IS_TILL.test(new URL(client.url).pathname);
  return (isOurs && (await caches.match(pathname, { cacheName: SHELLS }))) || fetch(event.request);
}
