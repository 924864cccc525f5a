import { type CatalogPlace, catalogNames } from "../domain/catalog.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint, HandshakeProblem } from "../domain/endpoint.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import type { Evidence } from "../domain/not-served.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Leaf, Proof } from "../domain/rollout.ts";
import type { VaultHealth } from "../domain/vault-health.ts";
import { placedBy, placementOf } from "./placed.ts";
import type { IssuedList, Placements, Swaps } from "./ports.ts";
import type { Proving } from "./prove-rollout.ts";

const atATime = 8;

/** Every serial of the mount; null when Vault does not say. */
export function issuedSerials(issued: IssuedList, mount: string): Promise<string[] | null> {
  return issued.serials(mount).catch(() => null);
}

/** What was issued for these names since `before` was read; null when Vault does not say. */
export async function issuedSince(
  issued: IssuedList,
  { issuer, names }: Pick<RenewalRequest["plan"], "issuer" | "names">,
  before: string[] | null,
): Promise<Certificate[] | null> {
  const now = before && (await issuedSerials(issued, issuer.mount));
  if (!now) return null;
  const known = new Set(before);
  const fresh = now.filter((serial) => !known.has(serial));
  const found: Certificate[] = [];
  try {
    for (let first = 0; first < fresh.length; first += atATime) {
      const batch = fresh.slice(first, first + atATime).map((serial) => issued.read(issuer.mount, serial));
      for (const certificate of await Promise.all(batch)) {
        if (certificate?.names.some((name) => names.includes(name))) found.push(certificate);
      }
    }
  } catch {
    return null;
  }
  return found;
}

export interface EvidenceNeeds {
  swaps: Swaps;
  placements: Placements | null;
  /** Never throws. */
  health: () => Promise<VaultHealth>;
  services: ReadonlyMap<string, ManagedService>;
}

/** What explains every planned instance that does not show the generation at the end. */
export async function unservedEvidence(
  needs: EvidenceNeeds,
  request: RenewalRequest,
  proving: Pick<Proving, "showing" | "latest" | "proof">,
): Promise<Map<string, Evidence>> {
  const showing = proving.showing();
  const absent = request.plan.instances.filter((instance) => !showing.has(instance));
  const service = needs.services.get(request.service);
  const [placed, vault] = await Promise.all([
    placedBy(needs.placements, request.plan.deployment, service?.catalog?.tag ?? null),
    needs.health(),
  ]);
  return new Map(
    await Promise.all(
      absent.map(async (instance): Promise<[string, Evidence]> => {
        const endpoint = service?.endpoints.find((one) => one.instance === instance);
        const last = endpoint ? shownLast(proving.proof(), instance) : null;
        const evidence = {
          problem: endpoint ? (proving.latest().get(instance)?.problem ?? null) : notListed(service?.catalog ?? null),
          serial: last?.serial ?? null,
          notAfter: last?.notAfter ?? null,
          swap: endpoint ? await swapOf(needs.swaps, endpoint, request.id) : null,
        };
        return [instance, { ...evidence, placement: placementOf(placed, instance), vault }];
      }),
    ),
  );
}

function shownLast({ before, latest }: Proof, instance: string): Leaf | null {
  const seen = [before[instance], latest[instance]].filter((leaf) => leaf !== undefined);
  return seen.toSorted((a, b) => b.at - a.at)[0] ?? null;
}

async function swapOf(swaps: Swaps, endpoint: Endpoint, generation: string): Promise<Evidence["swap"]> {
  if (endpoint.admin === null) return null;
  const all = await swaps(endpoint).catch(() => []);
  return all.findLast((swap) => swap.generation === generation) ?? null;
}

function notListed(catalog: CatalogPlace | null): HandshakeProblem {
  const [code, who, fix] =
    catalog === null
      ? [
          "NOT_CONFIGURED",
          "certops.yaml no longer names",
          "Put it back, or ask for a new renewal of the instances there are.",
        ]
      : [
          "NOT_LISTED",
          `${catalogNames[catalog.kind]} does not list`,
          "It stays written: it serves it as soon as it is back.",
        ];
  return { code, side: "client", cause: `${who} this instance, so nobody could look`, fix };
}
