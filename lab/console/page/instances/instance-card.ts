import { html, type PropertyValues } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import { certificateCard } from "./certificate-card.ts";
import { flash } from "./flash.ts";
import { duration } from "./lifetime.ts";

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
    const { instance, serial, generation, notAfter, port } = this.instance;
    return certificateCard(this.instance, {
      label: instance,
      door: `:${port}`,
      serial,
      notAfter,
      rows: (life) =>
        html`<div>
            <dt>generation</dt>
            <dd><code class="generation" title=${generation ?? ""}>${generation ?? "–"}</code></dd>
          </div>
          <div class="age">
            <dt>age</dt>
            <dd><code>${life ? duration(life.ageMs) : "–"}</code></dd>
          </div>`,
    });
  }
}

customElements.define("instance-card", InstanceCard);
