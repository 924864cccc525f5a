import { html } from "lit";
import type { Swap } from "../../frame.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";

/** Tells a screen reader what the flash on a card tells the eye. */
class SwapAnnouncer extends LightElement {
  static override properties = { said: { state: true } };
  declare said: string;
  #swapped = (event: Event) => {
    const swaps = (event as CustomEvent<Swap[]>).detail;
    this.said = swaps
      .map(({ instance, generation }) => `${instance} serves a new certificate, generation ${generation}.`)
      .join(" ");
  };

  constructor() {
    super();
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    lab.addEventListener("swap", this.#swapped);
  }

  override disconnectedCallback(): void {
    lab.removeEventListener("swap", this.#swapped);
    super.disconnectedCallback();
  }

  protected override render() {
    return html`<p class="visually-hidden" role="log" aria-live="polite">${this.said}</p>`;
  }
}

customElements.define("swap-announcer", SwapAnnouncer);
