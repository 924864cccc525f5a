import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Refused, post } from "../wire/http.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { shown } from "../wire/view.ts";
import { Watch } from "../wire/watch.ts";
import "./instance-card.ts";
import "./sidecar-card.ts";

/** A service's instances, and Rotate now: one renewal asked and approved in the chat, timed until every instance serves it. */
class ServicePanel extends LightElement {
  static override properties = { service: { attribute: false }, rotation: { state: true } };
  declare service: string;
  declare rotation: Rotation | null;

  constructor() {
    super();
    this.rotation = null;
    new Watch(this, lab);
    new Watch(this, shown);
  }

  get #instances() {
    return lab.frame?.status?.instances.filter(({ service }) => service === this.service) ?? [];
  }

  get #sidecars() {
    return lab.frame?.status?.mesh?.sidecars.filter(({ service }) => service === this.service) ?? [];
  }

  get #frozen() {
    const scopes = lab.frame?.status?.bot.frozen ?? [];
    return scopes.includes("*") || scopes.includes(this.service);
  }

  async rotate(): Promise<void> {
    if (this.rotation?.running) return;
    const since = performance.now();
    const before = new Map(this.#instances.map(({ instance, generation }) => [instance, generation]));
    this.rotation = { running: true, since, before, said: "asked and approved in the chat…", problem: null };
    try {
      await post(`/api/rotate/${this.service}`);
    } catch (problem) {
      const told = problem instanceof Refused ? problem : new Refused(String(problem), "");
      this.rotation = { ...this.rotation, running: false, problem: told };
    }
  }

  protected override willUpdate(): void {
    const { rotation } = this;
    const instances = this.#instances;
    if (!rotation || instances.length === 0) return;
    const served = instances.every(({ instance, generation }) => generation !== rotation.before.get(instance));
    if (rotation.problem && served) this.rotation = null;
    if (!rotation.running) return;
    const elapsed = (performance.now() - rotation.since) / 1000;
    if (served) this.rotation = { ...rotation, running: false, said: `served by all after ${elapsed.toFixed(1)} s` };
    else if (elapsed > GIVE_UP_S)
      this.rotation = { ...rotation, running: false, said: "not served yet: see the request in the chat" };
  }

  protected override render() {
    const { rotation } = this;
    return html`<section class="service" aria-label=${this.service} aria-busy=${rotation?.running ?? false}>
      <header>
        <h2>${this.service}</h2>
        ${this.#frozen ? html`<span class="frozen" title=${FROZEN}>❄ frozen</span>` : nothing}
        <p class="rotation" role="status">${rotation?.problem ? nothing : (rotation?.said ?? nothing)}</p>
        <button type="button" class="button" ?disabled=${rotation?.running ?? false} @click=${() => this.rotate()}>
          ${this.#frozen ? html`<span title=${FROZEN} aria-hidden="true">❄</span>` : nothing} Rotate now
        </button>
      </header>
      ${shown.name === "certificates" ? this.#cards() : nothing}
      <p class="error" role="alert">
        ${rotation?.problem ? `${rotation.problem.message} ${rotation.problem.hint}` : nothing}
      </p>
    </section>`;
  }

  #cards() {
    if (this.#instances.length + this.#sidecars.length === 0) return html`<p class="empty">No instance runs.</p>`;
    return html`<div class="instances">
      ${repeat(
        this.#instances,
        ({ instance }) => instance,
        (instance) => html`<instance-card .instance=${instance}></instance-card>`,
      )}
      ${repeat(
        this.#sidecars,
        ({ instance }) => instance,
        (sidecar) => html`<sidecar-card .sidecar=${sidecar}></sidecar-card>`,
      )}
    </div>`;
  }
}

const FROZEN = "Frozen: certops starts no renewal here; leaves go on renewing by themselves";

/** After this long the chat tells more than a clock. */
const GIVE_UP_S = 60;

interface Rotation {
  running: boolean;
  /** By `performance.now()`. */
  since: number;
  /** Generation by instance at the click. */
  before: Map<string, string | null>;
  said: string;
  problem: Refused | null;
}

customElements.define("service-panel", ServicePanel);
export type { ServicePanel };
