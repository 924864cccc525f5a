import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { renderBlock } from "../blocks/block.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { workspace } from "../wire/workspace.ts";
import { KitSurface } from "./kit-surface.ts";

/** The bot's Home tab, as it was published for this person. */
class ChatHome extends LightElement {
  #surface = new KitSurface(this, () => ({ view_id: workspace.home?.id ?? "" }));

  constructor() {
    super();
    new Watch(this, workspace);
  }

  protected override render() {
    const { home } = workspace;
    const { problem } = this.#surface;
    return html`<div class="messages home" role="region" aria-label="Home" tabindex="0">
      ${problem ? html`<p class="error" role="alert">${problem.message} ${problem.hint}</p>` : nothing}
      ${
        home
          ? // By their ids: a button that took another's place must not be under the finger that pressed the other.
            repeat(
              home.blocks,
              ({ block_id }) => block_id,
              (block) => renderBlock(block, this.#surface),
            )
          : html`<p class="empty">The bot has published nothing here.</p>`
      }
    </div>`;
  }
}

customElements.define("chat-home", ChatHome);
