// <app-update>: installs the worker that opens the till without network, and offers a newer version of it once there is
// one. data-busy while a basket is being filled: then nothing is offered.
class AppUpdate extends HTMLElement {
  #waiting = null;

  async connectedCallback() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    this.addEventListener("click", ({ target }) => target.closest("button") && this.#waiting?.postMessage("activate"));
    let { controller } = serviceWorker; // the first one takes over as it is: the page is of its version
    serviceWorker.addEventListener("controllerchange", () => {
      if (controller) location.reload();
      controller = serviceWorker.controller;
    });
    const registration = await serviceWorker.register("/sw.js").catch(() => null);
    if (!registration) return;
    this.#look(registration);
    registration.addEventListener("updatefound", () => {
      registration.installing.addEventListener("statechange", () => this.#look(registration));
    });
  }

  #look({ waiting }) {
    this.#waiting = waiting;
    this.hidden = !(waiting && navigator.serviceWorker.controller);
  }
}

customElements.define("app-update", AppUpdate);
