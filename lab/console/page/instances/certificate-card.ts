import { html, nothing, type TemplateResult } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import { dial } from "./dial.ts";
import { lifeOf } from "./life-of.ts";
import { type Lifetime, shortSerial } from "./lifetime.ts";
import { whereabouts } from "./whereabouts.ts";

/** What of a card is its own. */
interface Content {
  /** Classes beside those of every card. */
  kind?: "sidecar";
  label: string;
  /** Stands beside its name. */
  door: string;
  serial: string | null;
  notAfter: number | null;
  rows: (life: Lifetime | null) => TemplateResult;
}

/** A certificate that is served now, counted down by the server's clock. */
export function certificateCard(
  of: Pick<InstanceStatus, "instance" | "problem" | "allocation" | "check">,
  { kind, label, door, serial, notAfter, rows }: Content,
) {
  const { instance, problem } = of;
  const life = lifeOf(instance, notAfter);
  const tone = problem ? "bad" : (life?.tone ?? "bad");
  return html`<article class="instance ${kind ?? ""} ${tone}" aria-label=${label}>
    <header>
      <h3>${instance}</h3>
      <span class="port">${door}</span
      ><span class="state">${problem ? "problem" : (life?.word ?? "no certificate")}</span>
    </header>
    ${dial(serial, life)}
    <dl>
      <div>
        <dt>serial</dt>
        <dd><code class="serial" title=${serial ?? ""}>${serial ? shortSerial(serial) : "–"}</code></dd>
      </div>
      ${rows(life)} ${whereabouts(of)}
    </dl>
    ${problem ? html`<p class="problem" role="status">${problem}</p>` : nothing}
  </article>`;
}
