import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Renders a component again whenever its source says "change". */
export class Watch implements ReactiveController {
  #host: ReactiveControllerHost;
  #source: EventTarget;
  #changed = () => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost, source: EventTarget) {
    this.#host = host;
    this.#source = source;
    host.addController(this);
  }

  hostConnected(): void {
    this.#source.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    this.#source.removeEventListener("change", this.#changed);
  }
}
