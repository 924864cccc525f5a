import type { Ground } from "./approval.ts";
import type { ApprovalPolicy } from "./approval-policy.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { Request } from "./request.ts";

/** That a passkey signed for exactly this plan. `passkey`: its code. */
export interface Confirmation {
  planHash: string;
  passkey: string;
}

export const passkeyNeeded = "passkey-needed";

/** By the policy it was asked for under or by that of now, whichever is stricter: a pending request gets no easier. */
export function takesPasskey(
  { approval }: Pick<Request, "approval">,
  now: Pick<ApprovalPolicy, "stepUp"> | null,
): boolean {
  return approval.stepUp === "passkey" || now?.stepUp === "passkey";
}

/** Only what lets a request through takes one. `now`: the policy as certops.yaml has it. */
export function stepUpObjection(
  { request, verdict }: Pick<Ground, "request" | "verdict">,
  now: Pick<ApprovalPolicy, "stepUp"> | null,
  confirmed: Confirmation | undefined,
): Refusal | null {
  if ((verdict !== "approve" && verdict !== "break-glass") || !takesPasskey(request, now)) return null;
  if (confirmed?.planHash === request.planHash) return null;
  return refuse(
    passkeyNeeded,
    `${verdict === "approve" ? "Approving" : "Breaking the glass for"} ${request.id} takes your passkey beside the click.`,
    "Click in Slack: certops answers with a link to where it asks for it.",
  );
}
