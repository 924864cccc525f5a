import { html } from "lit";
import type { Frame, Swap } from "../../frame.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";

/** Tells a screen reader what the flash on a card tells the eye. */
class SwapAnnouncer extends LightElement {
  static override properties = { said: { state: true } };
  declare said: string;
  #heard = (event: Event) => {
    const { swaps, rootChanges } = (event as CustomEvent<Frame>).detail;
    this.said = [...rootChanges.map(() => "The mesh has a new root."), ...swaps.map(sentence)].join(" ");
  };

  constructor() {
    super();
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    lab.addEventListener("news", this.#heard);
  }

  override disconnectedCallback(): void {
    lab.removeEventListener("news", this.#heard);
    super.disconnectedCallback();
  }

  protected override render() {
    return html`<p class="visually-hidden" role="log" aria-live="polite">${this.said}</p>`;
  }
}

const sentence = ({ instance, generation }: Swap) =>
  `${instance} serves a new certificate${generation === null ? "" : `, generation ${generation}`}.`;

customElements.define("swap-announcer", SwapAnnouncer);
