import { isRefusal } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { passkeyNeeded } from "../domain/step-up.ts";
import { decideRequest, objectionTo } from "./decide-request.ts";
import type { Decided, DecideNeeds, Deciding } from "./decide-request.ts";
import { askForPasskey, type AskNeeds, type StepUp } from "./passkeys/ask-for-passkey.ts";
import type { AuditLog } from "./store-ports.ts";
import { redrawn } from "./tell-request.ts";

export type SettleNeeds = Omit<DecideNeeds, "passkeys"> & AskNeeds & { audit: Pick<AuditLog, "append"> };

/**
 * Decides by a click on a message, or says where it is confirmed with a passkey. A click that decides nothing is in the
 * audit log too, and has the message drawn again: who clicked saw buttons that should no longer be there.
 */
export async function settleClick(
  needs: SettleNeeds,
  click: Omit<Deciding, "confirmed">,
): Promise<Decided | StepUp | Refusal> {
  const first = await decideRequest(needs, click);
  const waits = isRefusal(first) && first.code === passkeyNeeded;
  const decided = waits ? await askForPasskey(needs, click) : first;
  if (!isRefusal(decided) && "stepUp" in decided) return decided;
  if (isRefusal(decided) || !decided.changed) await noteRefused(needs, click, decided);
  return decided;
}

/** Whether a click may go on to the form that asks for its reason; null: it may. */
export async function checkClick(
  needs: SettleNeeds,
  click: Omit<Deciding, "reason" | "confirmed">,
): Promise<Decided | Refusal | null> {
  const found = await objectionTo(needs, click);
  if (found === null || (isRefusal(found) && found.code === "reason-missing")) return null;
  await noteRefused(needs, click, found);
  return found;
}

async function noteRefused(
  needs: SettleNeeds,
  { id, user, verdict }: Deciding,
  found: Decided | Refusal,
): Promise<void> {
  const at = needs.clock();
  const [code, told] = isRefusal(found)
    ? [found.code, found.message]
    : [`already-${found.request.state}`, `${id} was ${found.request.state} already.`];
  const detail = { verdict, code, told };
  const audit = { at, actor: user, action: "request.click-refused", subject: id, detail };
  await needs.audit.append(audit, [redrawn(id, `redrawn:${user}:${at}`)]);
}
