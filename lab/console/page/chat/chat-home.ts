import { html } from "lit";
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
    return html`<div class="messages home" tabindex="0">
      ${home ? home.blocks.map((block) => renderBlock(block, this.#surface)) : html`<p class="empty">The bot has published nothing here.</p>`}
    </div>`;
  }
}

customElements.define("chat-home", ChatHome);
