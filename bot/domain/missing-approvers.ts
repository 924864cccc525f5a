import { approversNeeded, deciders } from "./approval.ts";
import { inWords } from "./in-words.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { about, type Request } from "./request.ts";
import { onCall } from "./rota.ts";

/** Of those who may decide a request now, who could still approve it: not who has, nor who asked where that does not count. */
export function stillToApprove(request: Pick<Request, "approval" | "stage" | "approvals" | "requester">, now: number) {
  const { approval, approvals, requester } = request;
  const out = new Set<string | null>(approvals.map(({ user }) => user));
  if (!approval.requesterCounts) out.add(requester);
  const { users, groups, rotas } = deciders(request);
  return {
    users: users.filter((user) => !out.has(user)),
    groups,
    rotas: rotas.filter((rota) => !out.has(onCall(rota, now))),
  };
}

/** Why so many can never approve it, where everybody who may is named and nobody breaks the glass; null: they can, or nobody can tell from here. */
export function tooFew(request: Request): Refusal | null {
  const { approval, requester } = request;
  const all = stillToApprove({ approval, requester, stage: approval.escalation.length, approvals: [] }, 0);
  const needed = approversNeeded(request);
  const known = all.groups.length + all.rotas.length === 0 && approval.breakGlass === null;
  if (!known || all.users.length >= needed) return null;
  return refuse(
    "too-few-approvers",
    `It takes ${inWords(needed)} to approve ${about(request).asksFor}, and besides ${requester} there ${all.users.length === 1 ? "is" : "are"} ${inWords(all.users.length)} who may.`,
    `Somebody else has to ask, or the policy ${approval.name} in certops.yaml has to name more.`,
  );
}
