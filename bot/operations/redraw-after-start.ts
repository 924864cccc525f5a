import type { AuditLog, Requests } from "./store-ports.ts";
import type { Clock } from "./ports.ts";
import { redrawn } from "./tell-request.ts";

/** Has the message of everything that is open drawn from the store again: whatever happened to it meanwhile, it is true then. */
export async function redrawAfterStart({
  requests,
  audit,
  clock,
}: {
  requests: Pick<Requests, "list">;
  audit: Pick<AuditLog, "append">;
  clock: Clock;
}): Promise<void> {
  const open = await requests.list({ states: ["pending", "approved"], limit: 10_000 });
  if (open.length === 0) return;
  const at = clock();
  const items = open.map(({ id }) => redrawn(id, `started:${at}`));
  const detail = { open: open.map(({ id }) => id) };
  await audit.append({ at, actor: "certops", action: "started", subject: "certops", detail }, items);
}
