import { digestOf } from "../domain/digest.ts";
import type { Estate } from "../domain/estate.ts";
import type { Ground } from "../domain/ground.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import type { Schedules } from "./ports.ts";

export interface DigestPlan {
  cron: string;
  timezone: string;
  /** Slack channel id. */
  channel: string;
}

const name = "digest";

/**
 * Puts the digest into the outbox if its time has come. Called at start and at every tick: a run that was slept through
 * is made up for once, and of several callers one sends it. Returns whether it was this one.
 */
export async function runDigest(
  needs: FactsNeeds & { schedules: Schedules; /** The run after that time. */ nextAfter: (now: number) => number },
  plan: DigestPlan,
  estate: Estate & { ground: Ground[] },
): Promise<boolean> {
  const { schedules, clock, nextAfter } = needs;
  const now = clock();
  const next = nextAfter(now);
  const expression = `${plan.cron} ${plan.timezone}`;
  if (!(await schedules.due({ name, expression }, now, next))) return false;
  const digest = digestOf(await gatherFacts(needs, estate));
  const counts = { expired: digest.expired.length, expiring: digest.expiring.length, unknown: digest.unknown.length };
  return schedules.claim(name, now, next, {
    audit: { at: now, actor: "certops", action: "digest.sent", subject: name, detail: counts },
    outbox: [{ key: `${name}:${now}`, kind: "digest", subject: name, payload: { ...digest, channel: plan.channel } }],
  });
}
