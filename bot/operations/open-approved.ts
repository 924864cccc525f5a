import type { Request } from "../domain/request.ts";
import type { Requests } from "./store-ports.ts";
import { toldRequest } from "./tell-request.ts";

/**
 * Opens a request whose approval was given before, with its job: `decidedBy` gave it, and the reason says in which request.
 * null, and nothing written, while its subject has another one open or, but of what is `promised`, a service it touches is frozen.
 */
export async function openApproved<R extends Request>(
  { requests }: { requests: Pick<Requests, "open"> },
  request: R,
  { promised = false }: { promised?: boolean } = {},
): Promise<R | null> {
  const { requester, reason, planHash, createdAt, decidedBy } = request;
  const told = toldRequest(
    { request, news: "approved", actor: requester, at: createdAt },
    { reason, planHash, decidedBy },
  );
  return (await requests.open(request, { ...told, job: true, promised })) ? request : null;
}
