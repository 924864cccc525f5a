import { endpointNames, endpointsCalled, type Estate } from "../domain/estate.ts";
import { authorityId, type Ending } from "../domain/expiry-subject.ts";
import type { FieldProblem } from "../domain/forms.ts";
import { type Ground, groundNames, isCalled } from "../domain/ground.ts";
import { nearest } from "../domain/nearest.ts";
import { isRefusal, type Refusal, refuse } from "../domain/refusal.ts";
import { readSnooze, type Snooze, type SnoozeField, type SnoozeFields, snoozeOf } from "../domain/snooze.ts";
import type { Inventory } from "./inventory.ts";
import type { Clock } from "./ports.ts";
import type { Commit, ExpiryNotices, Snoozes } from "./store-ports.ts";

export interface SnoozeNeeds {
  snoozes: Snoozes;
  expiryNotices: Pick<ExpiryNotices, "standing">;
  inventory: Pick<Inventory, "issuers">;
  clock: Clock;
}

export interface Snoozed {
  snooze: Snooze;
  /** What is known to be near its end. */
  endings: Pick<Ending, "where" | "notAfter">[];
}

type Known = Pick<Estate, "services" | "endpoints"> & { ground: Ground[] };

/** What is wrong with a form, field by field; empty: nothing. */
export function snoozeObjections(fields: SnoozeFields, now: number): FieldProblem<SnoozeField>[] {
  const read = readSnooze(fields, now);
  return Array.isArray(read) ? read : [];
}

/**
 * Tells nothing new of what is called so until then. Refused: not-found, several, bad-end, over-already, too-long,
 * reason-missing, reason-too-long.
 */
export async function snooze(
  needs: SnoozeNeeds,
  known: Known,
  { what, user, ...fields }: SnoozeFields & { what: string; user: string },
): Promise<Snoozed | Refusal> {
  const at = needs.clock();
  const subject = await subjectCalled(needs, known, what);
  if (isRefusal(subject)) return subject;
  const read = readSnooze(fields, at);
  if (Array.isArray(read)) return read[0] ?? refuse("bad-end", "Until when?", "Such as 7d.");
  const wanted: Snooze = { subject, by: user, at, ...read };
  await needs.snoozes.set(wanted, commit("snoozed", wanted, at));
  const standing = (await needs.expiryNotices.standing()).find(({ notice }) => notice.subject === subject);
  return { snooze: wanted, endings: standing?.notice.endings ?? [] };
}

/** Ends a snooze before its time. Refused: not-found, several, not-snoozed. */
export async function wake(
  needs: SnoozeNeeds,
  known: Known,
  { what, user }: { what: string; user: string },
): Promise<Snooze | Refusal> {
  const at = needs.clock();
  const subject = await subjectCalled(needs, known, what);
  if (isRefusal(subject)) return subject;
  const before = snoozeOf(await needs.snoozes.all(), subject, at);
  const ended = before && { ...before, by: user };
  if (before && ended && (await needs.snoozes.end(subject, at, commit("woken", ended, at)))) return before;
  return refuse("not-snoozed", `${subject} is not snoozed.`, "Nothing to do.");
}

/** What notices are told of under that name. */
async function subjectCalled(
  { expiryNotices, inventory }: SnoozeNeeds,
  known: Known,
  what: string,
): Promise<string | Refusal> {
  const wanted = what.toLowerCase();
  const told = (await expiryNotices.standing()).map(({ notice }) => notice.subject);
  const standing = told.find((subject) => subject.toLowerCase() === wanted);
  if (standing !== undefined) return standing;
  const service = known.services.find(({ name }) => name === wanted);
  if (service !== undefined) return service.name;
  const ground = known.ground.filter((item) => isCalled(item, wanted) || authorityOf(item) === wanted);
  const authorities = ground.length > 0 ? [] : (await inventory.issuers()).map(authorityId);
  const found = new Set([
    ...endpointsCalled(known, what).map(({ id, service: of }) => of ?? id),
    ...ground.map(({ name }) => name),
    ...authorities.filter((id) => id.toLowerCase() === wanted),
  ]);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    return refuse("several", `${what} is several things.`, `Name one of them: ${[...found].slice(0, 10).join(", ")}.`);
  }
  const meant = nearest(what, new Set([...told, ...endpointNames(known), ...groundNames(known.ground)]));
  return refuse(
    "not-found",
    `Nothing here is called ${what}.`,
    meant === null ? "Name a service, an endpoint, or what a notice is about." : `Did you mean ${meant}?`,
  );
}

const authorityOf = ({ certificate }: Ground) => certificate && authorityId(certificate.subject).toLowerCase();

function commit(action: string, { subject, by, reason, until }: Snooze, at: number): Commit {
  return { audit: { at, actor: by, action: `expiry.${action}`, subject, detail: { reason, until } }, outbox: [] };
}
