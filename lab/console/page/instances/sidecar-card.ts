import { html, type PropertyValues } from "lit";
import { rootOf, spiffePath } from "../mesh/identity.ts";
import { rootSeal } from "../mesh/root-seal.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import type { SidecarStatus } from "../wire/status-types.ts";
import { Watch } from "../wire/watch.ts";
import { certificateCard } from "./certificate-card.ts";
import { flash } from "./flash.ts";

/** An instance in the mesh: it serves no certificate itself, so this is its Envoy's, as Envoy's admin interface tells it. */
class SidecarCard extends LightElement {
  static override properties = { sidecar: { attribute: false } };
  declare sidecar: SidecarStatus;

  constructor() {
    super();
    new Watch(this, second);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("sidecar")?.certificate?.serial;
    const now = this.sidecar.certificate?.serial;
    if (before && now && before !== now) flash(this.querySelector("article"));
  }

  protected override render() {
    const { instance, certificate } = this.sidecar;
    const root = rootOf(certificate, lab.frame?.status?.mesh?.ca.roots ?? []);
    return certificateCard(this.sidecar, {
      kind: "sidecar",
      label: `${instance}, Envoy`,
      door: "Envoy",
      serial: certificate?.serial ?? null,
      notAfter: certificate?.notAfter ?? null,
      rows: () =>
        html`<div>
            <dt>SPIFFE</dt>
            <dd>
              <code class="spiffe" title=${certificate?.spiffe ?? ""}
                >${certificate ? spiffePath(certificate.spiffe) : "–"}</code
              >
            </dd>
          </div>
          <div>
            <dt>root</dt>
            <dd class="root">${root ? rootSeal(root) : "–"}</dd>
          </div>`,
    });
  }
}

customElements.define("sidecar-card", SidecarCard);
