import type { Estate } from "../domain/estate.ts";
import type { Window } from "../domain/expiry.ts";
import { messagesOf, type NoticeWrite, writesOf } from "../domain/expiry-message.ts";
import { crossings, noticeSteps } from "../domain/expiry-notice.ts";
import { subjectsIn, unsureOf } from "../domain/expiry-subject.ts";
import type { Ground } from "../domain/ground.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import { gatherSurroundings, type SurroundingsNeeds } from "./gather-surroundings.ts";
import type { AuditEntry, ExpiryNotices, Snoozes } from "./store-ports.ts";

export interface ExpiryNeeds extends FactsNeeds, SurroundingsNeeds {
  expiryNotices: ExpiryNotices;
  snoozes: Pick<Snoozes, "all">;
}

export interface ExpiryPlan {
  /** At which a notice is told, each once. */
  thresholds: Window[];
  /** Where an owner is told: a Slack channel's id; null: of what is nobody's. */
  channelOf: (owner: string | null) => string;
}

/** What the outbox carries: the message of that id is drawn from the store when it is delivered. */
export interface ExpiryItem {
  type: "expiry";
  id: string;
}

/**
 * Compares what ends with what has been told of it, and tells, redraws and closes the difference. Called at any pace: a
 * look that was missed loses nothing. `ground`: null while it has not been looked at.
 */
export async function watchExpiry(
  needs: ExpiryNeeds,
  { thresholds, channelOf }: ExpiryPlan,
  estate: Estate & { ground: Ground[] | null },
): Promise<void> {
  const { expiryNotices, snoozes } = needs;
  const facts = await gatherFacts(needs, { ...estate, services: estate.services, ground: estate.ground ?? [] });
  const { now } = facts;
  const subjects = subjectsIn(facts);
  const crossing = crossings(subjects, thresholds, now);
  const standing = await expiryNotices.standing();
  const around = await gatherSurroundings(needs, { crossing, standing, facts });
  const steps = noticeSteps({
    subjects,
    crossing,
    unsure: unsureBy(estate),
    around,
    snoozes: await snoozes.all(),
    renewing: new Set([...facts.renewing].filter(([, since]) => now - since < renewalMs).map(([name]) => name)),
    standing,
    now,
  });
  for (const writes of writesOf(steps, { channelOf, now })) await expiryNotices.write(writes, commit(writes, now));
}

/** A renewal that goes well is over by then. */
const renewalMs = 120_000;

function unsureBy(estate: Estate & { ground: Ground[] | null }): Parameters<typeof noticeSteps>[0]["unsure"] {
  const { ground, unlistedNames = [] } = estate;
  const unlisted = unsureOf(estate);
  const unread = new Set(ground?.filter(({ problem }) => problem !== null).map(({ name }) => String(name)));
  return ({ id, kind }) => {
    if (kind === "ground") return ground === null || unread.has(id);
    return kind === "endpoint" ? unlistedNames.some((name) => id.endsWith(`/${name}`)) : unlisted.has(id);
  };
}

function commit(writes: NoticeWrite[], at: number): Parameters<ExpiryNotices["write"]>[1] {
  return {
    audit: writes.flatMap((one) => audited(one, at)),
    outbox: messagesOf(writes).map(({ id, drawing }) => ({
      key: `expiry:${drawing}`,
      kind: "notice",
      subject: `expiry:${id}`,
      payload: { type: "expiry", id } satisfies ExpiryItem,
    })),
  };
}

function audited({ write, notice }: NoticeWrite, at: number): AuditEntry[] {
  const { subject, level, endings, renewal, snooze, over } = notice;
  // What tells it anew has a row of its own.
  if (over?.why === "again") return [];
  const action = write === "tell" ? "expiry.told" : over === null ? "expiry.redrawn" : "expiry.over";
  const ends = endings.map(({ where, serial, notAfter }) => ({ where, serial, notAfter }));
  return [{ at, actor: "certops", action, subject, detail: { level, endings: ends, renewal, snooze, over } }];
}
