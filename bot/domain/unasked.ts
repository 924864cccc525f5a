import { hashOf } from "./canonical.ts";
import { isExpiring, type Window } from "./expiry.ts";
import { crossedBy, type Ending, expired } from "./expiry-subject.ts";
import type { ManagedService } from "./managed-service.ts";
import type { RenewalRequest } from "./renewal.ts";
import { idSpelling } from "./request-id.ts";
import { isPolicy } from "./standing-approval.ts";

/** A renewal that certops asks for where nobody else did. */
export interface Unasked {
  /** From the certificate and the threshold: however often it is asked for, there is one. */
  id: string;
  reason: string;
  /** Why people have to look at it, whatever the standing approval says of its plan. */
  exceptions: string[];
}

/** What its agent ought to have renewed: the one of a service that is nearest to its end. */
export interface Late {
  instance: string;
  serial: string;
  /** The last threshold it has crossed. */
  level: string;
}

/** Who asks, where no person does. */
export const itself = "certops";

/** For each service one at most in this time: what lives for minutes its agent renews, or nobody does. */
const everyMs = 86_400_000;

/**
 * Judged at the last look and not by the clock: what an agent has renewed since then is not late. `lookedAt`: by instance;
 * null: never. One that cannot be reached is not judged, and one with more than `renewBefore` of its life left is in time.
 */
export function lateOf(
  { renewBefore }: Pick<ManagedService, "renewBefore">,
  endings: Ending[],
  { thresholds, lookedAt }: { thresholds: Window[]; lookedAt: (instance: string) => number | null },
): Late | null {
  const due: Window = { kind: "share", share: renewBefore };
  const late = endings.flatMap(({ where, serial, notBefore, notAfter, unreachedSince }) => {
    const at = lookedAt(where);
    if (serial === null || notBefore === null || unreachedSince !== null || at === null) return [];
    const ending = { where, serial, notBefore, notAfter, unreachedSince };
    const level = crossedBy(ending, thresholds, at).at(-1);
    const inTime = level !== expired && !isExpiring({ notBefore, notAfter }, due, at);
    return level === undefined || inTime ? [] : [{ instance: where, serial, level, notAfter }];
  });
  const [first] = late.toSorted((a, b) => a.notAfter - b.notAfter || (a.serial < b.serial ? -1 : 1));
  return first === undefined ? null : { instance: first.instance, serial: first.serial, level: first.level };
}

/**
 * What to ask for now; null: nothing. For a certificate and a threshold it is asked for once, and once more, of people, where
 * what the policy approved by itself went wrong.
 * @param before the service's renewals, in whatever state, the latest first
 */
export function unaskedRenewal(
  { name }: Pick<ManagedService, "name">,
  late: Late,
  before: RenewalRequest[],
  now: number,
): Unasked | null {
  if (before.some(({ state }) => state === "pending" || state === "approved")) return null;
  const [id, again] = [idFor(name, late, "first"), idFor(name, late, "again")];
  const reason = tellLate(late);
  const first = before.find((one) => one.id === id);
  if (first === undefined) {
    const lately = before.some(({ requester, createdAt }) => requester === itself && now - createdAt < everyMs);
    return lately ? null : { id, reason, exceptions: [] };
  }
  if (!wentWrong(first) || before.some((one) => one.id === again)) return null;
  // What failed, or is not served, the standing approval says by itself.
  const exceptions = first.state === "void" ? [`${first.id}, which certops asked for by itself, ended as void`] : [];
  return { id: again, reason, exceptions };
}

const wentWrong = ({ state, decidedBy }: RenewalRequest) =>
  (state === "failed" || state === "not-served" || state === "void") && decidedBy !== null && isPolicy(decidedBy);

function idFor(service: string, { serial, level }: Late, time: "first" | "again"): string {
  return idSpelling("renewal", Buffer.from(hashOf({ service, serial, level, time }), "hex").subarray(0, 8));
}

function tellLate({ instance, level }: Late): string {
  const left =
    level === expired
      ? "a certificate that has expired"
      : `a certificate with at most ${level}${level.endsWith("%") ? " of life" : ""} left`;
  return `${instance} still serves ${left}: its own automation has not renewed it.`;
}
