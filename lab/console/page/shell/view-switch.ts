import { html } from "lit";
import { LightElement } from "../wire/light-element.ts";
import { shown, type ViewName } from "../wire/view.ts";
import { Watch } from "../wire/watch.ts";

const LABELS: { name: ViewName; label: string }[] = [
  { name: "certificates", label: "Certificates" },
  { name: "topology", label: "Topology" },
];

class ViewSwitch extends LightElement {
  constructor() {
    super();
    new Watch(this, shown);
  }

  protected override render() {
    return html`<div class="views" role="group" aria-label="Shown" aria-keyshortcuts="v">
      ${LABELS.map(
        ({ name, label }) =>
          html`<button type="button" aria-pressed=${shown.name === name} @click=${() => shown.show(name)}>
            ${label}
          </button>`,
      )}
    </div>`;
  }
}

customElements.define("view-switch", ViewSwitch);
