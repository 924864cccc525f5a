import type { Facts } from "../domain/answer.ts";
import type { Estate } from "../domain/estate.ts";
import type { Ground } from "../domain/ground.ts";
import { takenBack } from "../domain/revocation/revoking.ts";
import type { CertificateRecord } from "../domain/certificate.ts";
import type { Clock } from "./ports.ts";
import type { Freezes, Requests } from "./store-ports.ts";
import type { Inventory } from "./inventory.ts";

export interface FactsNeeds {
  inventory: Pick<Inventory, "certificates" | "observations">;
  freezes: Pick<Freezes, "all">;
  requests: Pick<Requests, "list">;
  clock: Clock;
}

/** After these a generation may have been written. */
const endedStates = ["deployed", "not-served", "failed"] as const;
const mostEnded = 200;

/** What the store holds now of everything that is in use, and `besides` of what is past, or of what nobody watches. */
export async function gatherFacts(
  { inventory, freezes, requests, clock }: FactsNeeds,
  estate: Estate & { ground: Ground[] },
  besides: CertificateRecord[] = [],
): Promise<Facts> {
  const now = clock();
  const [current, observations, frozen, approved, ended, revocations] = await Promise.all([
    inventory.certificates({ inUse: { at: now, names: estate.services.flatMap(({ names }) => names) } }),
    inventory.observations(),
    freezes.all(),
    requests.list({ kind: "renewal", states: ["approved"] }),
    requests.list({ kind: "renewal", states: [...endedStates], limit: mostEnded }),
    requests.list({ kind: "revocation", states: ["revoked", "not-held", "failed"] }),
  ]);
  return {
    records: [...new Map([...besides, ...current].map((record) => [record.fingerprint, record])).values()],
    observations,
    estate,
    ground: estate.ground,
    renewing: new Map(approved.map(({ service, decidedAt, createdAt }) => [service, decidedAt ?? createdAt])),
    renewals: [...approved, ...ended],
    revoked: takenBack(revocations),
    frozen,
    now,
  };
}
