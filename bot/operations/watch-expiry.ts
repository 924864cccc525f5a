import type { Facts } from "../domain/answer.ts";
import type { Estate } from "../domain/estate.ts";
import type { Window } from "../domain/expiry.ts";
import { crossings, type ExpiryNotice, type NoticeStep, noticeSteps, replaced } from "../domain/expiry-notice.ts";
import { subjectsIn, unsureOf } from "../domain/expiry-subject.ts";
import type { Ground } from "../domain/ground.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import { gatherSurroundings, type SurroundingsNeeds } from "./gather-surroundings.ts";
import type { Commit, ExpiryNotices, Snoozes } from "./store-ports.ts";

export interface ExpiryNeeds extends FactsNeeds, SurroundingsNeeds {
  expiryNotices: ExpiryNotices;
  snoozes: Pick<Snoozes, "all">;
}

export interface ExpiryPlan {
  /** At which a notice is told, each once. */
  thresholds: Window[];
}

/** What the outbox carries: the message is drawn from the store when it is delivered. */
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
  { thresholds }: ExpiryPlan,
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
    unsure: unsureBy(facts, estate.ground),
    around,
    snoozes: await snoozes.all(),
    standing,
    now,
  });
  for (const step of steps) await take(expiryNotices, step, now);
}

function unsureBy({ estate }: Facts, ground: Ground[] | null): Parameters<typeof noticeSteps>[0]["unsure"] {
  const unlisted = unsureOf(estate);
  const unread = new Set(ground?.filter(({ problem }) => problem !== null).map(({ name }) => String(name)));
  return ({ id, kind }) => (kind === "ground" ? ground === null || unread.has(id) : unlisted.has(id));
}

async function take(notices: ExpiryNotices, step: NoticeStep, now: number): Promise<boolean> {
  const { act, notice } = step;
  if (act === "tell") {
    const { replaces } = step;
    const id = `${notice.subject}@${now}`;
    const before = replaces && { ...replaces, becomes: replaced(replaces.notice, now) };
    const items = [...(before === null ? [] : [item(before.id, before.version + 1, notice)]), item(id, 1, notice)];
    return notices.tell({ id, notice, replaces: before }, commit("expiry.told", notice, now, items));
  }
  const { id, version } = step.standing;
  const action = act === "close" ? "expiry.over" : "expiry.redrawn";
  return notices.redraw(step.standing, notice, commit(action, notice, now, [item(id, version + 1, notice)]));
}

const item = (id: string, version: number, { subject }: ExpiryNotice): Commit["outbox"][number] => ({
  key: `expiry:${id}:${version}`,
  kind: "notice",
  subject: `expiry:${subject}`,
  payload: { type: "expiry", id } satisfies ExpiryItem,
});

function commit(action: string, notice: ExpiryNotice, at: number, outbox: Commit["outbox"]): Commit {
  const { subject, level, endings, renewal, snooze, over } = notice;
  const ends = endings.map(({ where, serial, notAfter }) => ({ where, serial, notAfter }));
  return {
    audit: { at, actor: "certops", action, subject, detail: { level, endings: ends, renewal, snooze, over } },
    outbox,
  };
}
