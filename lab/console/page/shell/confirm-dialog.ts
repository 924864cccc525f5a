import { html, nothing } from "lit";
import type { Confirm } from "../blocks/block-types.ts";
import { renderPlain, renderText } from "../blocks/text.ts";
import { LightElement } from "../wire/light-element.ts";

/** Slack's "Are you sure?" before an action. */
class ConfirmDialog extends LightElement {
  static override properties = { asked: { state: true } };
  declare asked: Confirm | null;
  #answer: (yes: boolean) => void = () => undefined;

  /** Resolves to false too when the dialog is closed by Escape. */
  async ask(confirm: Confirm): Promise<boolean> {
    this.asked = confirm;
    await this.updateComplete;
    const answer = new Promise<boolean>((resolve) => (this.#answer = resolve));
    this.querySelector("dialog")?.showModal();
    return answer;
  }

  #close(yes: boolean): void {
    this.#answer(yes);
    this.querySelector("dialog")?.close();
    this.asked = null;
  }

  protected override render() {
    if (!this.asked) return nothing;
    const { title, text, confirm, deny, style } = this.asked;
    return html`<dialog class="sheet small" aria-labelledby="confirm-title" @cancel=${() => this.#close(false)}>
      <h2 id="confirm-title">${renderPlain(title.text)}</h2>
      <div class="text">${renderText(text)}</div>
      <footer>
        <button type="button" class="button" @click=${() => this.#close(false)}>${deny.text}</button>
        <button type="button" class="button ${style ?? "primary"}" autofocus @click=${() => this.#close(true)}>
          ${confirm.text}
        </button>
      </footer>
    </dialog>`;
  }
}

customElements.define("confirm-dialog", ConfirmDialog);

export const confirmed = async (confirm: Confirm | undefined): Promise<boolean> =>
  confirm === undefined || (document.querySelector<ConfirmDialog>("confirm-dialog")?.ask(confirm) ?? true);
