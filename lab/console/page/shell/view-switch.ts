import { html } from "lit";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { shown, type ViewName } from "../wire/view.ts";
import { Watch } from "../wire/watch.ts";

const LABELS: Record<ViewName, string> = {
  certificates: "Certificates",
  topology: "Topology",
  firewall: "Firewall",
};

class ViewSwitch extends LightElement {
  constructor() {
    super();
    new Watch(this, shown);
    new Watch(this, lab);
  }

  protected override render() {
    return html`<div class="views" role="group" aria-label="Shown" aria-keyshortcuts="v">
      ${shown.all.map(
        (name) =>
          html`<button type="button" aria-pressed=${shown.name === name} @click=${() => shown.show(name)}>
            ${LABELS[name]}
          </button>`,
      )}
    </div>`;
  }
}

customElements.define("view-switch", ViewSwitch);
