import { html } from "lit";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";

/** Who may call whom in the mesh, to be read: changes are asked for and approved in the chat. */
class IntentionList extends LightElement {
  constructor() {
    super();
    new Watch(this, lab);
  }

  protected override render() {
    const intentions = lab.frame?.status?.mesh?.intentions ?? [];
    return html`<section class="intentions" aria-label="Intentions">
      <ul>
        ${intentions.map(
          ({ source, destination, action }) =>
            html`<li class="badge ${action === "allow" ? "good" : "bad"}">
              <span aria-hidden="true">${action === "allow" ? "✓" : "✕"}</span>
              <span class="visually-hidden">${action}</span> ${source} → ${destination}
            </li>`,
        )}
        <li class="badge"><span aria-hidden="true">✕</span> all others</li>
      </ul>
      <p>Intentions: asked and approved in the chat, <code>/mesh help</code></p>
    </section>`;
  }
}

customElements.define("intention-list", IntentionList);
