import { digestOf } from "../domain/digest.ts";
import type { Estate } from "../domain/estate.ts";
import type { Ground } from "../domain/ground.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import { runScheduled, type ScheduledNeeds } from "./run-scheduled.ts";

export interface DigestPlan {
  cron: string;
  timezone: string;
  /** Slack channel id. */
  channel: string;
}

const name = "digest";

/** Puts the digest into the outbox if its time has come, as `runScheduled` has it. */
export function runDigest(
  needs: FactsNeeds & ScheduledNeeds,
  plan: DigestPlan,
  estate: Estate & { ground: Ground[] },
): Promise<boolean> {
  return runScheduled(needs, { name, ...plan }, async (now) => {
    const digest = digestOf(await gatherFacts(needs, estate));
    const counts = { expired: digest.expired.length, expiring: digest.expiring.length, unknown: digest.unknown.length };
    return {
      audit: { at: now, actor: "certops", action: "digest.sent", subject: name, detail: counts },
      outbox: [{ key: `${name}:${now}`, kind: "digest", subject: name, payload: { ...digest, channel: plan.channel } }],
    };
  });
}
