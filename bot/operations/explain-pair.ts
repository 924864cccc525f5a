import type { Endpoint } from "../domain/endpoint.ts";
import type { Estate } from "../domain/estate.ts";
import type { Pair } from "../domain/intention.ts";
import { type InstanceSeen, type PairVerdict, pairVerdict } from "../domain/pair-why.ts";
import { isRefusal, type Refusal, refuse } from "../domain/refusal.ts";
import type { RevokedSerials } from "../domain/revocation/revoked-by.ts";
import { type EndpointWhy, explainWhy } from "./explain-why.ts";
import type { InstanceAdmin } from "./ports.ts";

export interface PairWhy extends Pair, PairVerdict {
  /** Instances that could not be asked what they noted. */
  unasked: string[];
  /** What had the certificate revoked that is refused as such; left out where none is. */
  revocations?: RevokedSerials;
}

type PairNeeds = Parameters<typeof explainWhy>[0] & { admin: InstanceAdmin };

/** Shakes hands with both services, and reads what the called one noted of its clients. Refused: same-service, not-found. */
export async function explainPair(
  needs: PairNeeds,
  looking: { estate: Pick<Estate, "services" | "endpoints">; deadlineMs: number },
  { source, destination }: Pair,
): Promise<PairWhy | Refusal> {
  if (source === destination)
    return refuse("same-service", `${source} does not call itself.`, "Name two services: who calls, and whom.");
  const [caller, called] = await Promise.all([
    explainWhy(needs, looking, source),
    explainWhy(needs, looking, destination),
  ]);
  if (isRefusal(caller)) return caller;
  if (isRefusal(called)) return called;
  const noted = await Promise.all(called.endpoints.map(({ endpoint }) => notedBy(needs.admin, endpoint)));
  const verdict = pairVerdict({
    caller: caller.endpoints.map(seenOf),
    called: called.endpoints.map(seenOf),
    refusals: noted.flatMap((one) => one?.refusals ?? []),
    callers: noted.flatMap((one) => one?.callers ?? []),
    names: looking.estate.services.find(({ name }) => name === source)?.names ?? [],
    now: needs.clock(),
  });
  const unasked = called.endpoints.filter((_, index) => noted[index] === null).map(({ endpoint }) => endpoint.id);
  return { source, destination, ...verdict, unasked };
}

async function notedBy(admin: InstanceAdmin, endpoint: Endpoint) {
  if (endpoint.admin === null) return null;
  const [refusals, peers] = await Promise.all([
    admin.refusals(endpoint).catch(() => null),
    admin.peers(endpoint).catch(() => null),
  ]);
  return refusals === null ? null : { refusals, callers: peers?.callers ?? [] };
}

function seenOf({ endpoint, certificate, complaint, verdict, code, side, cause, fix }: EndpointWhy): InstanceSeen {
  const { id, host } = endpoint;
  return { id, host, certificate, complaint, verdict, code, side, cause, fix };
}
