// Who this page is to the server: a browser and one of its tabs.

/** A random UUID; crypto.randomUUID is missing where a bar's own server is reached without HTTPS. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function remembered(storage, name) {
  const id = storage.getItem(name) ?? uuid();
  storage.setItem(name, id);
  return id;
}

export const client = () => remembered(localStorage, "client");
export const tab = () => remembered(sessionStorage, "tab");
