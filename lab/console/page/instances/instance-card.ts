import { html, nothing, type PropertyValues } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import { dial } from "./dial.ts";
import { flash } from "./flash.ts";
import { duration, lifetime, shortSerial } from "./lifetime.ts";
import { whereabouts } from "./whereabouts.ts";

/** One process of a service and the certificate it serves now, counted down by the server's clock. */
class InstanceCard extends LightElement {
  static override properties = { instance: { attribute: false } };
  declare instance: InstanceStatus;

  constructor() {
    super();
    new Watch(this, second);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("instance");
    if (before?.serial && this.instance.serial && before.serial !== this.instance.serial)
      flash(this.querySelector("article"));
  }

  protected override render() {
    const { instance, serial, generation, notAfter, problem, port } = this.instance;
    const since = lab.frame?.since[instance];
    const life = notAfter !== null && since !== undefined ? lifetime({ since, notAfter }, lab.now()) : null;
    const tone = problem ? "bad" : (life?.tone ?? "bad");
    return html`<article class="instance ${tone}" aria-label=${instance}>
      <header>
        <h3>${instance}</h3>
        <span class="port">:${port}</span
        ><span class="state">${problem ? "problem" : (life?.word ?? "no certificate")}</span>
      </header>
      ${dial(serial, life)}
      <dl>
        <div>
          <dt>serial</dt>
          <dd><code class="serial" title=${serial ?? ""}>${serial ? shortSerial(serial) : "–"}</code></dd>
        </div>
        <div>
          <dt>generation</dt>
          <dd><code class="generation" title=${generation ?? ""}>${generation ?? "–"}</code></dd>
        </div>
        <div class="age">
          <dt>age</dt>
          <dd><code>${life ? duration(life.ageMs) : "–"}</code></dd>
        </div>
        ${whereabouts(this.instance)}
      </dl>
      ${problem ? html`<p class="problem" role="status">${problem}</p>` : nothing}
    </article>`;
  }
}

customElements.define("instance-card", InstanceCard);
