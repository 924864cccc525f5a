import { refuse, type Refusal } from "../domain/refusal.ts";
import { about, type Request } from "../domain/request.ts";
import type { Requests } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";

/**
 * Opens a request whose approval was given before, with its job: `decidedBy` gave it, and the reason says in which request.
 * Refused: changed-meanwhile, also while its subject has another one open or, but of what is `promised`, a service it touches
 * is frozen.
 */
export async function openApproved<R extends Request>(
  { requests }: { requests: Pick<Requests, "open"> },
  request: R,
  { promised = false }: { promised?: boolean } = {},
): Promise<R | Refusal> {
  const { requester, reason, planHash, createdAt, decidedBy } = request;
  const told = toldRequest(
    { request, news: "approved", actor: requester, at: createdAt },
    { reason, planHash, decidedBy },
  );
  if (await requests.open(request, { ...told, job: true, promised })) return request;
  return refuse(
    "changed-meanwhile",
    `${about(request).subject} is being changed by another request, or is frozen.`,
    "Try again when that has ended.",
  );
}
