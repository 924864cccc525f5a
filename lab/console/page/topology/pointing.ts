import type { LitElement } from "lit";

/** Which thing of a picture is pointed at, by pointer or by Tab: what it says is told in whole beneath. */
export class Pointing {
  #host: LitElement;
  #id: string | null = null;

  constructor(host: LitElement) {
    this.#host = host;
  }

  point = (event: Event): void => this.#take((event.target as Element).closest("[tabindex]"));

  leave = (): void => {
    const { activeElement } = document;
    this.#take(this.#host.contains(activeElement) ? (activeElement?.closest("[tabindex]") ?? null) : null);
  };

  /** As it is read out: both tell the same. */
  told(): string | null {
    return this.#id === null ? null : (document.getElementById(this.#id)?.getAttribute("aria-label") ?? null);
  }

  #take(thing: Element | null): void {
    this.#id = thing?.id ?? null;
    this.#host.requestUpdate();
  }
}
