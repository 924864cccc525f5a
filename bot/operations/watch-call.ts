import { called, checked, type IntentionLimits, isEnforced, type Sightings } from "../domain/enforcement.ts";
import type { IntentionPlan } from "../domain/intention-request.ts";
import { probeOf } from "../domain/mesh.ts";
import type { Clock, Mesh } from "./ports.ts";

/** Looks at one call in the mesh: what Consul's check says of it, and what comes of it where a page is known that makes it. */
export interface CallWatch {
  seen: () => Sightings;
  /** Before the write: what there is to compare with. */
  lookFirst: () => Promise<void>;
  /** Since the write. Whether it is as planned now. */
  look: () => Promise<boolean>;
}

export function watchCall(
  { mesh, clock }: { mesh: Mesh; clock: Clock },
  { plan, seen: before }: { plan: IntentionPlan; seen: Sightings },
  { callDeadlineMs }: Pick<IntentionLimits, "callDeadlineMs">,
): CallWatch {
  const probe = probeOf(mesh.policy, plan);
  const call = async () => (probe === null ? null : mesh.calls(probe, callDeadlineMs));
  let seen = before;

  const askConsul = async () => {
    const allowed = await mesh.intentions.allows(plan).catch(() => null);
    seen = checked(seen, plan.action, allowed, clock());
  };
  const tryCall = async () => {
    const after = await call();
    if (after !== null) seen = called(seen, plan.action, after, clock());
  };

  return {
    seen: () => seen,
    async lookFirst() {
      seen = { ...seen, before: await call() };
    },
    async look() {
      await Promise.all([askConsul(), tryCall()]);
      return isEnforced(seen, probe !== null);
    },
  };
}
