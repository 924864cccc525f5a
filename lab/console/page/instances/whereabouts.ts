import { html, nothing } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import { checkChip } from "./check-chip.ts";

/** As much of an allocation's id as Nomad itself prints in its lists. */
export const shortAllocation = (id: string): string => id.slice(0, 8);

/** Where it runs and what Consul thinks of it: rows of a card's list, none in a lab without either. */
export function whereabouts({
  instance,
  allocation,
  check,
}: Pick<InstanceStatus, "instance" | "allocation" | "check">) {
  return html`${
    allocation
      ? html`<div class="allocation" title="Nomad allocation ${allocation.id} on ${allocation.node}">
          <dt>${allocation.node}</dt>
          <dd><code>${shortAllocation(allocation.id)}</code></dd>
        </div>`
      : nothing
  }
  ${
    check
      ? html`<div class="health">
          <dt>Consul</dt>
          <dd>${checkChip(instance, check)}</dd>
        </div>`
      : nothing
  }`;
}
