import { about, type Kind } from "../domain/request.ts";
import type { AuditLog, Requests } from "./store-ports.ts";
import type { Clock } from "./ports.ts";
import { redrawn } from "./tell-request.ts";

interface RedrawNeeds {
  requests: Pick<Requests, "list">;
  audit: Pick<AuditLog, "append">;
  clock: Clock;
}

/**
 * Has the message of the subject's open request drawn once more. Who asks again may be looking for one that is no
 * longer in the channel: deleted, it comes back with its buttons.
 */
export async function redrawOpenRequest(
  { requests, audit, clock }: RedrawNeeds,
  { kind, subject, user }: { kind: Kind; subject: string; user: string },
): Promise<void> {
  const [open] = await requests.list({ kind, states: ["pending", "approved"], subject, limit: 1 });
  if (!open) return;
  const at = clock();
  await audit.append({ at, actor: user, action: "request.asked-again", subject: open.id, detail: about(open).detail }, [
    redrawn(open.id, `asked-again:${at}`),
  ]);
}
