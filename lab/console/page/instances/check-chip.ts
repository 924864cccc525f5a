import { html, nothing } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import type { Tone } from "./lifetime.ts";

type Check = NonNullable<InstanceStatus["check"]>;

/** How Consul's verdict looks: a sign of its own beside the colour. */
export const checkLook: Record<Check["status"], { tone: Tone; sign: string }> = {
  passing: { tone: "good", sign: "✓" },
  warning: { tone: "warn", sign: "!" },
  critical: { tone: "bad", sign: "✕" },
};

/** Consul's verdict on an instance; what its check printed shows to who points at it or reaches it by Tab. */
export function checkChip(instance: string, check: Check | null) {
  if (check === null) return nothing;
  const { tone, sign } = checkLook[check.status];
  const id = `check-${instance}`;
  return html`<span class="check">
    <button type="button" class="chip ${tone}" aria-describedby=${id}>
      <span aria-hidden="true">${sign}</span> ${check.status}
    </button>
    <span class="output" role="tooltip" id=${id}>${check.output.trim() || "The check printed nothing."}</span>
  </span>`;
}
