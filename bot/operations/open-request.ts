import { whoMayDecide } from "../domain/approval.ts";
import { freezeOf, frozen } from "../domain/freeze.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import { about, type Kind, type Request, type RequestOf } from "../domain/request.ts";
import type { Freezes, Requests } from "./ports.ts";
import { toldRequest } from "./tell-request.ts";

export interface OpenNeeds {
  requests: Pick<Requests, "open" | "list">;
  freezes: Pick<Freezes, "all">;
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

/** Opens it, pending. Refused: frozen, already-open, changed-meanwhile. */
export async function openRequest<R extends Request>(needs: OpenNeeds, request: R): Promise<R | Refusal> {
  const { requester, reason, planHash, createdAt } = request;
  const commit = toldRequest({ request, news: "pending", actor: requester, at: createdAt }, { reason, planHash });
  // The store refuses by itself what is frozen or open; reading first only finds the words.
  return (
    (await standsInTheWay(needs, request)) ??
    ((await needs.requests.open(request, commit)) ? request : null) ??
    (await standsInTheWay(needs, request)) ??
    refuse("changed-meanwhile", `${about(request).subject} changed at this moment.`, "Try again.")
  );
}

/** What keeps it from being opened; null: nothing. */
export async function standsInTheWay(needs: OpenNeeds, request: Request): Promise<Refusal | null> {
  const { subject, services } = about(request);
  const freeze = freezeOf(await needs.freezes.all(), services);
  if (freeze) return frozen(freeze);
  const { kind, approval } = request;
  const [open] = await needs.requests.list({ kind, states: ["pending", "approved"], subject, limit: 1 });
  if (!open) return null;
  return open.state === "pending"
    ? refuse(
        "already-open",
        `${open.id} already asks for ${about(open).asksFor}, by ${open.requester}.`,
        `It waits for ${whoMayDecide(approval)}.`,
      )
    : refuse(
        "already-open",
        `${open.id} ${about(open).does} right now, approved by ${open.decidedBy}.`,
        `Follow it: /cert trace ${open.id}`,
      );
}
