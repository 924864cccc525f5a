import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Block, Choice, InteractiveElement, Option } from "../blocks/block-types.ts";
import { renderBlock, type Surface } from "../blocks/block.ts";
import { Refused } from "../wire/http.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import type { View } from "../wire/workspace-types.ts";
import { type Filled, workspace } from "../wire/workspace.ts";
import { filledIn } from "./filled-in.ts";
import { KitSurface } from "./kit-surface.ts";

/** The modal that the bot opened for this person: the top one of its stack. */
class ChatModal extends LightElement implements Surface {
  static override properties = { busy: { state: true }, problem: { state: true } };
  declare busy: boolean;
  declare problem: Refused | null;
  #values: Filled = {};
  #shown: Pick<View, "id" | "hash"> | null = null;
  #sent = false;
  #atOnce = new KitSurface(this, () => ({ view_id: this.#view?.id ?? "" }));

  constructor() {
    super();
    this.busy = false;
    this.problem = null;
    new Watch(this, workspace);
  }

  get errors(): Record<string, string> {
    return this.#view?.errors ?? {};
  }

  get #view(): View | undefined {
    return workspace.views.at(-1);
  }

  /** An input keeps its value until submit; anything else in a modal tells the bot at once. */
  act(block: Block, element: InteractiveElement, choice: Choice): void {
    if (block.type !== "input") return this.#atOnce.act(block, element, choice);
    this.#values[block.block_id ?? ""] = { [element.action_id ?? ""]: choice };
  }

  suggest(block: Block, element: InteractiveElement, typed: string): Promise<Option[]> {
    return this.#atOnce.suggest(block, element, typed);
  }

  protected override willUpdate(): void {
    const view = this.#view;
    if (!view || view.hash === this.#shown?.hash) return;
    // An updated view keeps what was typed; what nobody touched the stand-in knows by itself.
    if (view.id !== this.#shown?.id) this.#values = {};
    this.problem = null;
    this.#shown = view;
  }

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal();
    // What is wrong may stand far above the button that was pressed.
    const refused = this.#sent && this.querySelector<HTMLElement>(".refused :is(input, textarea, select)");
    if (!refused || this.busy) return;
    refused.focus();
    this.#sent = false;
  }

  protected override render() {
    const view = this.#view;
    if (!view) return nothing;
    return html`<dialog class="sheet" aria-labelledby="modal-title" @cancel=${(event: Event) => this.#cancelled(event)}>
      <form @submit=${(event: SubmitEvent) => this.#submitted(event)}>
        <h2 id="modal-title">${view.title?.text}</h2>
        ${keyed(view.id, html`<div class="body">${view.blocks.map((block) => renderBlock(filledIn(block, view), this))}</div>`)}
        ${this.problem ? html`<p class="error" role="alert">${this.problem.message} ${this.problem.hint}</p>` : nothing}
        <footer>
          <button type="button" class="button" @click=${(event: Event) => this.#cancelled(event)}>
            ${view.close?.text ?? "Cancel"}
          </button>
          ${view.submit ? html`<button type="submit" class="button primary" ?disabled=${this.busy}>${view.submit.text}</button>` : nothing}
        </footer>
      </form>
    </dialog>`;
  }

  #cancelled(event: Event): void {
    event.preventDefault();
    if (this.#view) void this.#tell(workspace.close(this.#view));
  }

  #submitted(event: SubmitEvent): void {
    event.preventDefault();
    const view = this.#view;
    this.#sent = true;
    if (view) void this.#tell(workspace.submit(view, this.#values));
  }

  async #tell(work: Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = null;
    try {
      await work;
    } catch (problem) {
      this.problem = problem instanceof Refused ? problem : new Refused(String(problem), "");
    } finally {
      this.busy = false;
    }
  }
}

customElements.define("chat-modal", ChatModal);
