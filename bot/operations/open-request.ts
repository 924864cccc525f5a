import { deciders } from "../domain/approval.ts";
import { tooFew } from "../domain/missing-approvers.ts";
import { whoTheyAre } from "../domain/approval-policy.ts";
import { freezeOf, frozen } from "../domain/freeze.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import { about, type Kind, type Request, type RequestOf } from "../domain/request.ts";
import { type GroupsOf, notOneOf } from "./membership.ts";
import { itself } from "../domain/unasked.ts";
import type { Freezes, Requests } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";

export interface OpenNeeds {
  requests: Pick<Requests, "open" | "list">;
  freezes: Pick<Freezes, "all">;
  groupsOf: GroupsOf;
}

const longestReason = 500;

/** null: it is short enough. */
export function reasonTooLong(reason: string): Refusal | null {
  if (reason.length <= longestReason) return null;
  return refuse(
    "reason-too-long",
    `The reason has ${reason.length} characters.`,
    `Say it in at most ${longestReason}, and link to the rest.`,
  );
}

/** The latest request of theirs with that subject since then; null when there is none, or `since` is undefined. */
export async function askedSince<K extends Kind>(
  { requests }: Pick<OpenNeeds, "requests">,
  { kind, subject, requester, since }: { kind: K; subject: string; requester: string; since: number | undefined },
): Promise<RequestOf<K> | null> {
  if (since === undefined) return null;
  const latest = await requests.list({ kind, subject });
  return latest.find((request) => request.requester === requester && request.createdAt >= since) ?? null;
}

/** Opens it, pending. Refused: not-asker, too-few-approvers, directory-unavailable, frozen, already-open, changed-meanwhile. */
export async function openRequest<R extends Request>(needs: OpenNeeds, request: R): Promise<R | Refusal> {
  const stranger = await mayNotAsk(needs, request);
  if (stranger) return stranger;
  const { requester, reason, planHash, createdAt } = request;
  const commit = toldRequest({ request, news: "pending", actor: requester, at: createdAt }, { reason, planHash });
  // The store refuses by itself what is frozen or open; reading first only finds the words.
  return (
    (await standsInTheWay(needs, request)) ??
    ((await needs.requests.open(request, commit)) ? request : null) ??
    (await notOpened(needs, request))
  );
}

/** In words, why the store has just refused to open it. Refused: frozen, already-open, changed-meanwhile. */
export const notOpened = async (needs: Pick<OpenNeeds, "requests" | "freezes">, request: Request): Promise<Refusal> =>
  (await standsInTheWay(needs, request)) ??
  refuse("changed-meanwhile", `What stood in the way of ${about(request).subject} ended at this moment.`, "Try again.");

/** Why it cannot be opened now; null: nothing is known to keep it. Nothing is written. */
export const cannotOpen = async (needs: OpenNeeds, request: Request): Promise<Refusal | null> =>
  (await mayNotAsk(needs, request)) ?? (await standsInTheWay(needs, request));

/** Why this person may not ask for it, or need not; null: they may. certops itself, and who has a shell on its host, always may. */
async function mayNotAsk({ groupsOf }: Pick<OpenNeeds, "groupsOf">, request: Request): Promise<Refusal | null> {
  const { requester, createdAt: now } = request;
  const { askers } = request.approval;
  const few = tooFew(request);
  if (few !== null || askers === null || requester === itself || requester.startsWith("operator:")) return few;
  const words = { mayNot: `ask for ${about(request).asksFor}`, undone: "asked for" };
  const no = await notOneOf(groupsOf, askers, { user: requester, now, words });
  return no?.code === "not-approver" ? { ...no, code: "not-asker" } : no;
}

/** What keeps it from being opened; null: nothing. */
async function standsInTheWay(
  needs: Pick<OpenNeeds, "requests" | "freezes">,
  request: Request,
): Promise<Refusal | null> {
  const { subject, services } = about(request);
  const freeze = freezeOf(await needs.freezes.all(), services);
  if (freeze) return frozen(freeze);
  const { kind, createdAt: now } = request;
  const [open] = await needs.requests.list({ kind, states: ["pending", "approved"], subject, limit: 1 });
  if (!open) return null;
  return open.state === "pending"
    ? refuse(
        "already-open",
        `${open.id} already asks for ${about(open).asksFor}, by ${open.requester}.`,
        `It waits for ${whoTheyAre(deciders(open), now)}.`,
      )
    : refuse(
        "already-open",
        `${open.id} ${about(open).does} right now, approved by ${open.decidedBy}.`,
        `Follow it: /cert trace ${open.id}`,
      );
}
