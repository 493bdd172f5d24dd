/* global VERSION, SHELL, OFFLINE -- the view that serves this file writes them before it */
/* global PAGES, others, till, ask, elsewhere -- and kept_pages.js */

// Opens the till without network. The shell (styles and modules, as of VERSION) comes from here, for tills only; its
// pages are those of kept_pages.js.

const SHELLS = `shell.${VERSION}`;
const IS_TILL = /^\/bars\/[^/]+\/till$/;
const IS_DOOR = /^\/(?:login|logout)\/$/;

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

/** A page of another version, or of another part of the app, gets what the server has. */
async function part(event, pathname) {
  const client = others.has(event.clientId) ? null : await clients.get(event.clientId);
  const isOurs = client && IS_TILL.test(new URL(client.url).pathname);
  return (isOurs && (await caches.match(pathname, { cacheName: SHELLS }))) || fetch(event.request);
}
