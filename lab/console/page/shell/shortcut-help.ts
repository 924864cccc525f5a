import { html } from "lit";
import { LightElement } from "../wire/light-element.ts";
import type { Shortcut } from "./shortcuts.ts";

class ShortcutHelp extends LightElement {
  static override properties = { shortcuts: { attribute: false } };
  declare shortcuts: Shortcut[];

  open(): void {
    this.requestUpdate();
    this.querySelector("dialog")?.showModal();
  }

  protected override render() {
    return html`<dialog class="sheet" aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <dl class="keys">
        ${this.shortcuts
          .filter(({ idle }) => !idle?.())
          .map(
            ({ key, what }) =>
              html`<div>
                <dt><kbd>${key === "Escape" ? "Esc" : key}</kbd></dt>
                <dd>${what}</dd>
              </div>`,
          )}
        <div>
          <dt><kbd>↑</kbd></dt>
          <dd>Typing: what was typed before; Esc leaves</dd>
        </div>
      </dl>
      <footer>
        <button type="button" class="button primary" autofocus @click=${() => this.querySelector("dialog")?.close()}>
          Close
        </button>
      </footer>
    </dialog>`;
  }
}

customElements.define("shortcut-help", ShortcutHelp);
export type { ShortcutHelp };
