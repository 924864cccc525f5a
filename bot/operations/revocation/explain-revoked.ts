import { isRevokedCode, revokedBy, type RevokedSerials } from "../../domain/revocation/revoked-by.ts";
import { isRefusal, type Refusal } from "../../domain/refusal.ts";
import type { PairWhy } from "../explain-pair.ts";
import type { Why } from "../explain-why.ts";
import type { Requests } from "../store-ports.ts";

interface RevokedNeeds {
  requests: Pick<Requests, "list">;
}

/** Joins what was refused as revoked to the request that had it revoked. */
export async function joinRevoked(needs: RevokedNeeds, why: Why | Refusal): Promise<Why | Refusal> {
  if (isRefusal(why)) return why;
  const shown = why.endpoints.filter(({ code, side }) => side === "client" && isRevokedCode(code));
  const turnedAway = why.endpoints.flatMap(({ refusals }) => refusals).filter(({ code }) => isRevokedCode(code));
  const serials = [...shown, ...turnedAway].flatMap(({ certificate }) => certificate?.serial ?? []);
  return serials.length === 0 ? why : { ...why, revocations: await revocationsOf(needs, serials) };
}

/** The same of a call between two services. */
export async function joinRevokedInPair(needs: RevokedNeeds, why: PairWhy | Refusal): Promise<PairWhy | Refusal> {
  if (isRefusal(why) || why.serial === null || !isRevokedCode(why.code)) return why;
  return { ...why, revocations: await revocationsOf(needs, [why.serial]) };
}

const most = 1_000;

async function revocationsOf({ requests }: RevokedNeeds, serials: string[]): Promise<RevokedSerials> {
  const states = ["approved", "revoked", "not-held", "failed"] as const;
  return revokedBy(
    [...new Set(serials)],
    await requests.list({ kind: "revocation", states: [...states], limit: most }),
  );
}
