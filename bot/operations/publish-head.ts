import type { AuditHead } from "../domain/audit-head.ts";
import type { AuditLog } from "./store-ports.ts";
import { runScheduled, type ScheduledNeeds } from "./run-scheduled.ts";

export interface HeadPlan {
  cron: string;
  timezone: string;
  /** Slack channel id. */
  channel: string;
}

const name = "audit-head";

/**
 * Has the head of the audit log told in the channel if its time has come, as `runScheduled` has it: what stands there is out
 * of reach of who can write the store. A log that no longer holds is told as an alert.
 */
export function publishHead(
  needs: ScheduledNeeds & { audit: Pick<AuditLog, "head" | "verify"> },
  plan: HeadPlan,
): Promise<boolean> {
  return runScheduled(needs, { name, ...plan }, async (now) => {
    const problem = await needs.audit.verify();
    const head = await needs.audit.head();
    const told: AuditHead = { type: "audit-head", at: now, head, problem: problem?.problem ?? null };
    return {
      audit: { at: now, actor: "certops", action: "audit.head-published", subject: "audit", detail: { head, problem } },
      outbox: [
        {
          key: `${name}:${now}`,
          kind: problem === null ? "notice" : "alert",
          subject: name,
          payload: { ...told, channel: plan.channel },
        },
      ],
    };
  });
}
