import type { Verdict } from "../../domain/approval.ts";
import { inUse, noPage } from "../../domain/passkey.ts";
import { decideMs } from "../../domain/passkey-link.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import type { Request } from "../../domain/request.ts";
import type { Clock } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import { giveLink } from "./give-link.ts";
import type { Passkeys } from "./ports.ts";

/** A decision waits for a passkey: where it is asked for, and until when. */
export interface StepUp {
  request: Request;
  verdict: Verdict;
  stepUp: { url: string; expiresAt: number };
}

export interface AskNeeds {
  requests: Pick<Requests, "find">;
  /** null or left out where certops.yaml has none. */
  passkeys?: Passkeys | null;
  clock: Clock;
}

/** A link for this person's verdict on the plan as it stands. Refused: not-found, no-passkey-page, no-passkey. */
export async function askForPasskey(
  { requests, passkeys, clock }: AskNeeds,
  { id, user, verdict, reason = "" }: { id: string; user: string; verdict: Verdict; reason?: string },
): Promise<StepUp | Refusal> {
  const request = await requests.find(id);
  if (request === null) return refuse("not-found", `There is no request ${id}.`, "Look in the channel.");
  const origin = passkeys?.policy.origin ?? null;
  if (!passkeys || origin === null) return noPage(`${id}, which takes one, cannot be approved`);
  const own = inUse(await passkeys.kept.all(), origin).filter((one) => one.user === user);
  if (own.length === 0) {
    return refuse(
      "no-passkey",
      `${id} takes a passkey beside the click, and you have none.`,
      "Enrol one: /cert enrol. The first of all is enrolled on the bot's host: certops enrol <your Slack id>",
    );
  }
  const now = clock();
  const expiresAt = Math.min(now + decideMs, request.expiresAt);
  const { planHash } = request;
  const url = await giveLink(passkeys, origin, {
    link: { purpose: "decide", request: id, planHash, verdict, reason, user, createdAt: now, expiresAt },
    audit: { at: now, actor: user, action: "request.passkey-asked", subject: id, detail: { verdict, planHash } },
  });
  return { request, verdict, stepUp: { url, expiresAt } };
}
