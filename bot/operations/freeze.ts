import { type Freeze, type FreezeNotice, freezeOf, frozen, type FreezeInForce, thawCommand } from "../domain/freeze.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import { about } from "../domain/request.ts";
import { thawObjection } from "../domain/thaw.ts";
import { type GroupsOf, membership, sayingWhen } from "./membership.ts";
import type { Clock } from "./ports.ts";
import type { Commit, Freezes, Requests } from "./store-ports.ts";

interface FreezeNeeds {
  freezes: Freezes;
  clock: Clock;
}

/** `scope`: a service name, or "*" for all. */
interface Scope {
  scope: string;
  user: string;
}

/** Stops automation; what is under way goes on. Refused: reason-missing, already-frozen. */
export async function freeze(
  { freezes, clock }: FreezeNeeds,
  { scope, user, reason }: Scope & { reason: string },
): Promise<Freeze | Refusal> {
  if (reason.trim() === "") {
    return refuse("reason-missing", "A freeze needs a reason: others will ask.", "/cert freeze [service] <reason>");
  }
  const wanted: Freeze = { scope, by: user, reason, at: clock() };
  if (await freezes.freeze(wanted, toldToAll("freeze", wanted))) return wanted;
  const before = await exactly(freezes, scope, (until) => until === null);
  return before
    ? refuse(
        "already-frozen",
        `${said(scope)} already frozen by ${before.by}: ${before.reason}`,
        `Thaw it first: ${thawCommand(scope)}`,
      )
    : refuse("changed-meanwhile", `${said(scope)} was thawed at this moment.`, "Try again.");
}

interface ThawNeeds extends FreezeNeeds {
  services: Map<string, ManagedService>;
  groupsOf: GroupsOf;
}

/** Lets automation go on. Returns the freeze that ended. Refused: not-approver, directory-unavailable, not-frozen. */
export async function thaw(
  { freezes, clock, services, groupsOf }: ThawNeeds,
  { scope, user }: Scope,
): Promise<Freeze | Refusal> {
  const covered = [...services.values()].filter(({ name }) => scope === "*" || scope === name);
  const now = clock();
  const member = await membership(
    groupsOf,
    covered.map(({ approval }) => approval),
    { user, now },
  );
  const no = thawObjection({ user, groups: member.groups, services: covered, now });
  if (no) return sayingWhen(no, member);
  const before = await exactly(freezes, scope, (until) => until === null);
  const ended = before && { ...before, by: user, at: clock() };
  if (before && ended && (await freezes.thaw(scope, toldToAll("thaw", ended)))) return before;
  const other = freezeOf(await freezes.all(), [scope]);
  return refuse(
    "not-frozen",
    scope === "*" ? "Not everything is frozen." : `${said(scope)} not frozen.`,
    other ? `What stands in the way: ${frozen(other).message}` : "Nothing to do.",
  );
}

/** Long enough for every case of the lab; a case whose lab died is forgotten after it. */
const holdMs = 2 * 60_000;

/** Holds a service for a case of the lab, never together with work on a request that touches it. Refused: busy, already-held. */
export async function holdForCase(
  { freezes, requests, clock }: FreezeNeeds & { requests: Pick<Requests, "list"> },
  { service, user, reason }: { service: string; user: string; reason: string },
): Promise<FreezeInForce | Refusal> {
  const at = clock();
  const hold = { scope: service, by: user, reason, at, until: at + holdMs };
  if (await freezes.hold(hold, told("hold", hold))) return hold;
  const [working] = await requests.list({ states: ["approved"], touches: service, limit: 1 });
  if (working) {
    return refuse(
      "busy",
      `${working.id} ${about(working).does} right now.`,
      "Wait until its receipt stands in the channel, then try again.",
    );
  }
  const other = await exactly(freezes, service, (until) => until !== null);
  return other
    ? refuse("already-held", `${service} is held by ${other.by}: ${other.reason}`, "Wait until that case has ended.")
    : refuse("changed-meanwhile", `${service} was set free at this moment.`, "Try again.");
}

/** Ends the hold of a case; false when none was in force. */
export function releaseHold({ freezes, clock }: FreezeNeeds, { scope, user }: Scope): Promise<boolean> {
  return freezes.release(scope, told("release", { scope, by: user, reason: "", at: clock() }));
}

function told(action: string, { scope, by, reason, at }: Freeze): Commit {
  return {
    audit: { at, actor: by, action, subject: scope, detail: { reason } },
    outbox: [],
  };
}

/** That automation stands still, or goes on, concerns everybody: it is said in the channel, wherever it was done. */
function toldToAll(action: FreezeNotice["state"], { scope, by, reason, at }: Freeze): Commit {
  const notice: FreezeNotice = { type: "freeze", state: action, scope, by, reason };
  const subject = `freeze:${scope}`;
  return {
    ...told(action, { scope, by, reason, at }),
    outbox: [{ key: `${action}:${scope}:${at}`, kind: "notice", subject, payload: { ...notice } }],
  };
}

async function exactly(freezes: Freezes, scope: string, kind: (until: number | null) => boolean) {
  return (await freezes.all()).find((one) => one.scope === scope && kind(one.until)) ?? null;
}

const said = (scope: string) => (scope === "*" ? "All services are" : `${scope} is`);
