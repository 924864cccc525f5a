import { isRefusal } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { decideRequest } from "./decide-request.ts";
import type { Decided, DecideNeeds } from "./decide-request.ts";
import type { AuditLog } from "./ports.ts";

/**
 * Decides by a click on a message. A click that decides nothing is in the audit log too, and has the message drawn
 * again: who clicked saw buttons that should no longer be there.
 */
export async function settleClick(
  needs: DecideNeeds & { audit: Pick<AuditLog, "append"> },
  click: { id: string; user: string; verdict: "approve" | "deny" },
): Promise<Decided | Refusal> {
  const decided = await decideRequest(needs, click);
  if (!isRefusal(decided) && decided.changed) return decided;
  const { id, user, verdict } = click;
  const at = needs.clock();
  const code = isRefusal(decided) ? decided.code : `already-${decided.request.state}`;
  const detail = { verdict, code, problem: `${user} clicked ${verdict}: ${code}` };
  await needs.audit.append({ at, actor: user, action: "request.click-refused", subject: id, detail }, [
    { key: `request:${id}:redrawn:${user}:${at}`, kind: "request", subject: id, payload: {} },
  ]);
  return decided;
}
