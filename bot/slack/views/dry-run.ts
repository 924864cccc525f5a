import type { RenewalRequest } from "../../domain/renewal.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { drawRenewal } from "./renewal.ts";
import { howBesides, whoDecides } from "./request.ts";
import { exceptionBlocks, pendingBlocks } from "./standing-of.ts";
import { code, plain } from "./words.ts";

/** What would be asked for, for who tried it: by the words of its message, with nothing to click. */
export function dryRunView(request: RenewalRequest, { now, warning }: { now: number; warning: string }): Message {
  const { service, state, approval, planHash } = request;
  const pending = state === "pending";
  const then = pending
    ? `If you asked for it, its message would show this. ${whoDecides(request, { now, configured: true })}${howBesides(request, {})}.`
    : "If you asked for it, it would be approved at once, and renewed so.";
  const title = `🧪 Dry run: renew ${service}`;
  return message(`${title}. Nothing was asked for.`, [
    header(title),
    section(`Nothing was asked for, and nobody was told. ${then}${warning}`),
    ...drawRenewal(request).proposal,
    ...(pending ? pendingBlocks(request, now) : exceptionBlocks(request)),
    context(
      `plan ${code(planHash.slice(0, 12))} · policy ${code(approval.name)} · to ask for it: ${code(`/cert renew ${plain(service)} <reason>`)}`,
    ),
  ]);
}
