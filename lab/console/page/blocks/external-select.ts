import { html, nothing } from "lit";
import { LightElement } from "../wire/light-element.ts";
import type { Option } from "./block-types.ts";
import type { Place } from "./elements.ts";
import { renderPlain } from "./text.ts";

/** Long enough that not every letter is asked about. */
const PAUSE_MS = 120;
let made = 0;

/** A menu whose options the bot offers while somebody types: a combobox, by keyboard as by mouse. */
class ExternalSelect extends LightElement {
  static override properties = {
    place: { attribute: false },
    initial: { attribute: false },
    placeholder: {},
    offers: { state: true },
    active: { state: true },
    note: { state: true },
  };
  declare place: Place;
  declare initial: Option | undefined;
  declare placeholder: string;
  /** null: the list is closed. */
  declare offers: Option[] | null;
  declare active: number;
  declare note: string;
  #chosen: Option | null = null;
  #asked = 0;
  #timer: number | undefined;
  #id = `menu-${(made += 1)}`;

  constructor() {
    super();
    this.placeholder = "";
    this.offers = null;
    this.active = 0;
    this.note = "";
  }

  protected override firstUpdated(): void {
    this.#chosen = this.initial ?? null;
    this.#showChosen();
  }

  protected override render() {
    const open = this.offers !== null;
    return html`<div class="picker">
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-label=${this.place.label}
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls=${this.#id}
        aria-activedescendant=${open && this.offers?.length ? `${this.#id}-${this.active}` : nothing}
        placeholder=${this.placeholder}
        ?disabled=${this.place.busy}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
        @click=${() => this.#ask(this.#chosen ? "" : this.#typed, 0)}
        @input=${() => this.#edited()}
        @keydown=${(event: KeyboardEvent) => this.#keyed(event)}
        @blur=${() => this.#left()}
      />
      <ul id=${this.#id} role="listbox" aria-label=${this.place.label} ?hidden=${!open}>
        ${(this.offers ?? []).map((offer, index) => this.#row(offer, index))}
        ${this.note ? html`<li class="note" role="status">${this.note}</li>` : nothing}
      </ul>
    </div>`;
  }

  #row(offer: Option, index: number) {
    return html`<li
      id="${this.#id}-${index}"
      role="option"
      aria-selected=${index === this.active}
      @mousedown=${(event: Event) => event.preventDefault()}
      @mousemove=${() => (this.active = index)}
      @click=${() => this.#choose(offer)}
    >
      ${renderPlain(offer.text.text)}${offer.description ? html`<small>${renderPlain(offer.description.text)}</small>` : nothing}
    </li>`;
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  get #typed(): string {
    return this.#input?.value.trim() ?? "";
  }

  #edited(): void {
    if (this.#chosen) this.place.act(null);
    this.#chosen = null;
    this.#ask(this.#typed, PAUSE_MS);
  }

  #ask(typed: string, afterMs: number): void {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    this.#timer = window.setTimeout(() => void this.#load(typed, asked), afterMs);
  }

  async #load(typed: string, asked: number): Promise<void> {
    const found = await this.place.suggest(typed).catch((problem: unknown) => String(problem));
    if (asked !== this.#asked) return;
    this.active = 0;
    this.offers = typeof found === "string" ? [] : found;
    this.note = typeof found === "string" ? found : found.length === 0 ? "No results." : "";
  }

  #keyed(event: KeyboardEvent): void {
    const { offers } = this;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (offers === null) return this.#ask(this.#chosen ? "" : this.#typed, 0);
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + offers.length) % Math.max(1, offers.length);
      void this.updateComplete.then(() =>
        this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
      );
    }
    if (event.key === "Enter" && offers !== null) {
      event.preventDefault();
      const offer = offers[this.active];
      if (offer) this.#choose(offer);
    }
    if (event.key === "Escape" && offers !== null) {
      // It closes the list, and not the form around it.
      event.preventDefault();
      this.#close();
    }
  }

  #choose(offer: Option): void {
    this.#chosen = offer;
    this.place.act(offer.value);
    this.#showChosen();
    this.#close();
  }

  /** What was only typed is no choice, unless it is what one of them is called. */
  #left(): void {
    const named = this.offers?.find(({ value }) => value === this.#typed);
    if (named && !this.#chosen) return this.#choose(named);
    this.#showChosen();
    this.#close();
  }

  #showChosen(): void {
    if (this.#input) this.#input.value = this.#chosen?.text.text ?? "";
  }

  #close(): void {
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.offers = null;
    this.note = "";
  }
}

customElements.define("external-select", ExternalSelect);
