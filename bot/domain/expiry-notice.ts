import type { BlastRadius } from "./blast-radius.ts";
import type { Window } from "./expiry.ts";
import { crossedBy, type Ending, expired, type Subject } from "./expiry-subject.ts";
import { type Snooze, snoozeOf } from "./snooze.ts";

/** What the message of one subject says. It stands for days, so that it holds moments and no time left. */
export interface ExpiryNotice {
  subject: string;
  kind: Subject["kind"];
  owner: string | null;
  /** The last threshold that was crossed: "30 d", "20 %", `expired`. */
  level: string;
  /** Every threshold that was told since the subject was last well: none is told twice. */
  told: string[];
  /** What is near its end, or past it; soonest first. */
  endings: Ending[];
  /** null where nothing is known to depend on it. */
  blast: BlastRadius | null;
  /** The renewal that was asked for; null: none is open. */
  renewal: { id: string; state: "pending" | "approved" } | null;
  snooze: Pick<Snooze, "by" | "reason" | "until"> | null;
  /** How it ended; null while it stands. */
  over: Over | null;
}

/**
 * `renewed`: everything of it ends later now, the first at `until`. `calm`: the same certificates no longer count as near
 * their end. `gone`: it is watched no more. `again`: a message below tells more.
 */
export interface Over {
  why: "renewed" | "calm" | "gone" | "again";
  at: number;
  until: number | null;
}

/** A notice whose message stands, as the store has it. */
export interface StandingNotice {
  id: string;
  /** The message it stands in: its own id where it stands there alone. */
  toldIn: string;
  /** Counts its changes, for compare-and-set. */
  version: number;
  notice: ExpiryNotice;
}

/** A subject of which something crossed a threshold. */
export interface Crossing extends Subject {
  /** What the one that is nearest to its end has crossed, the first first. */
  crossed: string[];
}

export type NoticeStep =
  /** With a new message; `replaces`: the one that says less. */
  | { act: "tell"; notice: ExpiryNotice; replaces: StandingNotice | null }
  | { act: "redraw" | "close"; notice: ExpiryNotice; standing: StandingNotice };

/** What of each subject has crossed a threshold. */
export function crossings(subjects: Subject[], thresholds: Window[], now: number): Crossing[] {
  return subjects.flatMap((subject) => {
    const near = subject.endings.map((ending) => ({ ending, crossed: crossedBy(ending, thresholds, now) }));
    const endings = near.filter(({ crossed }) => crossed.length > 0);
    const most = endings.toSorted((a, b) => rank(b.crossed) - rank(a.crossed))[0];
    if (most === undefined) return [];
    return [{ ...subject, endings: endings.map(({ ending }) => ending), crossed: most.crossed }];
  });
}

/** One that has expired went further than one that crossed every threshold. */
const rank = (crossed: string[]) => (crossed.includes(expired) ? Infinity : crossed.length);

/** What else belongs into the message of a subject. */
export type Surroundings = Pick<ExpiryNotice, "blast" | "renewal">;

/**
 * What to tell, to redraw and to close, whatever happened since the last time and however long ago that was. `unsure`: the
 * subjects of which nothing can be said now, whose notices stay as they are.
 */
export function noticeSteps({
  subjects,
  crossing,
  unsure,
  around,
  snoozes,
  renewing = new Set(),
  standing,
  now,
}: {
  subjects: Subject[];
  crossing: Crossing[];
  unsure: (subject: Pick<Subject, "id" | "kind">) => boolean;
  around: ReadonlyMap<string, Surroundings>;
  snoozes: Snooze[];
  /** Whose renewal has just begun: it is given the time to make a notice needless. */
  renewing?: ReadonlySet<string>;
  standing: StandingNotice[];
  now: number;
}): NoticeStep[] {
  const stands = new Map(standing.map((one) => [one.notice.subject, one]));
  const met = crossing.flatMap((one) => {
    const snooze = snoozeOf(snoozes, one.id, now);
    const before = stands.get(one.id) ?? null;
    if (before === null && renewing.has(one.id)) return [];
    return stepFor(one, { around: around.get(one.id), snooze, before, now });
  });
  const still = new Set(crossing.map(({ id }) => id));
  const over = standing
    .filter(({ notice }) => !still.has(notice.subject) && !unsure({ id: notice.subject, kind: notice.kind }))
    .map((one): NoticeStep => ({ act: "close", standing: one, notice: closed(one.notice, subjects, now) }));
  return [...met, ...over];
}

function stepFor(
  { id, kind, owner, endings, crossed }: Crossing,
  {
    around = { blast: null, renewal: null },
    snooze,
    before,
    now,
  }: { around: Surroundings | undefined; snooze: Snooze | null; before: StandingNotice | null; now: number },
): NoticeStep[] {
  const told = before?.notice.told ?? [];
  const further = crossed.some((threshold) => !told.includes(threshold));
  // Who snoozed it wanted to hear of it again then.
  const wakes = before?.notice.snooze != null && before.notice.snooze.until <= now;
  const tells = snooze === null && (before === null || further || wakes);
  const notice: ExpiryNotice = {
    subject: id,
    kind,
    owner,
    level: crossed.at(-1) ?? expired,
    told: tells ? [...new Set([...told, ...crossed])] : told,
    endings,
    ...around,
    snooze: snooze && { by: snooze.by, reason: snooze.reason, until: snooze.until },
    over: null,
  };
  if (tells) return [{ act: "tell", notice, replaces: before }];
  if (before === null || same(before.notice, notice)) return [];
  return [{ act: "redraw", standing: before, notice }];
}

function closed(notice: ExpiryNotice, subjects: Subject[], now: number): ExpiryNotice {
  const endings = subjects.find(({ id }) => id === notice.subject)?.endings ?? [];
  const until = endings[0]?.notAfter ?? null;
  const isSame = endings.some(({ serial }) => serial !== null && notice.endings.some((one) => one.serial === serial));
  const why = until === null ? "gone" : isSame ? "calm" : "renewed";
  return { ...notice, snooze: null, over: { why, at: now, until } };
}

/** What a message becomes that a newer one replaces. */
export function replaced(notice: ExpiryNotice, now: number): ExpiryNotice {
  return { ...notice, over: { why: "again", at: now, until: null } };
}

const same = (a: ExpiryNotice, b: ExpiryNotice) => JSON.stringify(a) === JSON.stringify(b);
