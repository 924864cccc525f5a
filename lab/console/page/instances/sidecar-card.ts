import { html, nothing, type PropertyValues } from "lit";
import { rootOf, spiffePath } from "../mesh/identity.ts";
import { rootSeal } from "../mesh/root-seal.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import type { SidecarStatus } from "../wire/status-types.ts";
import { Watch } from "../wire/watch.ts";
import { dial } from "./dial.ts";
import { flash } from "./flash.ts";
import { lifetime, shortSerial } from "./lifetime.ts";
import { whereabouts } from "./whereabouts.ts";

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
    const { instance, certificate, problem } = this.sidecar;
    const since = lab.frame?.since[instance];
    const notAfter = certificate?.notAfter ?? null;
    const life = notAfter !== null && since !== undefined ? lifetime({ since, notAfter }, lab.now()) : null;
    const tone = problem ? "bad" : (life?.tone ?? "bad");
    const serial = certificate?.serial ?? null;
    const root = rootOf(certificate, lab.frame?.status?.mesh?.ca.roots ?? []);
    return html`<article class="instance sidecar ${tone}" aria-label="${instance}, Envoy">
      <header>
        <h3>${instance}</h3>
        <span class="port">Envoy</span
        ><span class="state">${problem ? "problem" : (life?.word ?? "no certificate")}</span>
      </header>
      ${dial(serial, life)}
      <dl>
        <div>
          <dt>serial</dt>
          <dd><code class="serial" title=${serial ?? ""}>${serial ? shortSerial(serial) : "–"}</code></dd>
        </div>
        <div>
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
        </div>
        ${whereabouts(this.sidecar)}
      </dl>
      ${problem ? html`<p class="problem" role="status">${problem}</p>` : nothing}
    </article>`;
  }
}

customElements.define("sidecar-card", SidecarCard);
