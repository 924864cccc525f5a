import { html, nothing, type PropertyValues, svg } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import { duration, type Lifetime, lifetime, shortSerial } from "./lifetime.ts";
import { REACH, seal } from "./seal.ts";

const RING = 94;

/** One process of a service and the certificate it serves now, counted down by the server's clock. */
class InstanceCard extends LightElement {
  static override properties = { instance: { attribute: false } };
  declare instance: InstanceStatus;
  #drawn = { serial: "", paths: [] as string[] };

  constructor() {
    super();
    new Watch(this, second);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("instance");
    if (before?.serial && this.instance.serial && before.serial !== this.instance.serial) this.#flash();
  }

  #flash(): void {
    const card = this.querySelector("article");
    card?.classList.remove("swapped");
    requestAnimationFrame(() => card?.classList.add("swapped"));
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
      ${this.#dial(serial, life)}
      <dl>
        <div>
          <dt>serial</dt>
          <dd><code class="serial" title=${serial ?? ""}>${serial ? shortSerial(serial) : "–"}</code></dd>
        </div>
        <div>
          <dt>generation</dt>
          <dd><code class="generation" title=${generation ?? ""}>${generation ?? "–"}</code></dd>
        </div>
        <div>
          <dt>age</dt>
          <dd><code>${life ? duration(life.ageMs) : "–"}</code></dd>
        </div>
      </dl>
      ${problem ? html`<p class="problem" role="status">${problem}</p>` : nothing}
    </article>`;
  }

  #dial(serial: string | null, life: Lifetime | null) {
    const left = life ? duration(life.remainingMs) : "–:––";
    const box = `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`;
    return html`<div class="dial">
      <svg viewBox=${box} aria-hidden="true">
        <g class="seal">${this.#paths(serial).map((path) => svg`<path d=${path} />`)}</g>
        <circle class="track" r=${RING} />
        <circle class="ring" r=${RING} pathLength="1" stroke-dasharray="${life?.share ?? 0} 1" />
      </svg>
      <span class="left" role="timer" aria-label="expires in ${left}">${left}</span>
    </div>`;
  }

  #paths(serial: string | null): string[] {
    if (serial !== null && serial !== this.#drawn.serial) this.#drawn = { serial, paths: seal(serial) };
    return serial === null ? [] : this.#drawn.paths;
  }
}

customElements.define("instance-card", InstanceCard);
