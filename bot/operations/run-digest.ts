import { digestSince, partOf, standOf } from "../domain/digest.ts";
import type { Estate } from "../domain/estate.ts";
import type { Window } from "../domain/expiry.ts";
import type { Ground } from "../domain/ground.ts";
import { snoozeOf } from "../domain/snooze.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import type { Inventory } from "./inventory.ts";
import type { Digests, OutboxItem, Snoozes } from "./store-ports.ts";
import { runScheduled, type ScheduledNeeds } from "./run-scheduled.ts";

export interface DigestPlan {
  cron: string;
  timezone: string;
  /** Slack channel id: of the ground, and of every owner without a channel. */
  channel: string;
  /** Owners that are told elsewhere, in the Slack channel of that id. */
  channels: ReadonlyMap<string, string>;
  /** What the states of a certificate that is near its end are told apart by. */
  thresholds: Window[];
}

export interface DigestNeeds extends FactsNeeds, ScheduledNeeds {
  inventory: FactsNeeds["inventory"] & Pick<Inventory, "lookUp">;
  digests: Digests;
  snoozes: Pick<Snoozes, "all">;
}

const name = "digest";
const unwatchedAtMost = 200;

/** Puts the digests into the outbox, one for each channel, if their time has come, as `runScheduled` has it. */
export function runDigest(
  needs: DigestNeeds,
  plan: DigestPlan,
  estate: Estate & { ground: Ground[] },
): Promise<boolean> {
  return runScheduled(needs, { name, ...plan }, async (now) => {
    const unwatched = { unwatched: { at: now, window: estate.within }, limit: unwatchedAtMost };
    const { records, isBeyond } = await needs.inventory.lookUp(unwatched);
    const stand = standOf(await gatherFacts(needs, estate, records), plan.thresholds, isBeyond);
    const snoozes = await needs.snoozes.all();
    const since = { next: needs.nextAfter(now), timezone: plan.timezone };
    const isSnoozed = (subject: string) => snoozeOf(snoozes, subject, now) !== null;
    const channels = [...new Set([plan.channel, ...plan.channels.values()])];
    const all = await Promise.all(
      channels.map(async (channel) => {
        const last = await needs.digests.last(channel);
        const part = partOf(stand, (owner) => (plan.channels.get(owner ?? "") ?? plan.channel) === channel);
        return { channel, ...digestSince(part, { ...since, last, isSnoozed }) };
      }),
    );
    const detail = Object.fromEntries(all.map(({ channel, digest: { counts } }) => [channel, counts]));
    return {
      audit: { at: now, actor: "certops", action: "digest.sent", subject: name, detail },
      outbox: all.map(({ channel, digest }): OutboxItem => ({
        key: `${name}:${channel}:${now}`,
        kind: "digest",
        subject: `${name}:${channel}`,
        payload: { ...digest, channel },
      })),
      told: all.map(({ channel, told }) => ({ channel, at: now, told })),
    };
  });
}
