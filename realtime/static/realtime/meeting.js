import { ALONE } from "./election.js";

// A channel inside one page, with the interface of BroadcastChannel.
export class Bus {
  #ports = new Set();

  port() {
    const port = { onmessage: null, postMessage: (data) => this.#post(port, data), close: () => this.#ports.delete(port) };
    this.#ports.add(port);
    return port;
  }

  #post(from, data) {
    const others = [...this.#ports].filter((port) => port !== from);
    others.forEach((port) => queueMicrotask(() => this.#ports.has(port) && port.onmessage?.({ data: structuredClone(data) })));
  }
}

/**
 * Where the tabs of one login meet: { name, locks, port() }. Its name carries the user, so that nothing reaches another
 * login. Nobody in particular, or a browser without locks or channels: the page meets only itself.
 */
export function meetingOf(user, { navigator, BroadcastChannel } = globalThis) {
  const name = `bartender.feed.${user}`;
  if (user && navigator?.locks && BroadcastChannel) {
    return { name, locks: navigator.locks, port: () => new BroadcastChannel(name) };
  }
  const bus = new Bus();
  return { name, locks: ALONE, port: () => bus.port() };
}
