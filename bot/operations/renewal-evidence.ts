import type { Certificate } from "../domain/certificate.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { Evidence } from "../domain/not-served.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Proof } from "../domain/rollout.ts";
import type { IssuedList, Swaps } from "./ports.ts";
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

/** What explains every planned instance that does not show the generation at the end. */
export async function unservedEvidence(
  swaps: Swaps,
  request: RenewalRequest,
  endpoints: Endpoint[],
  proving: Pick<Proving, "showing" | "latest" | "proof">,
): Promise<Map<string, Evidence>> {
  const showing = proving.showing();
  const absent = request.plan.instances.filter((instance) => !showing.has(instance));
  return new Map(
    await Promise.all(
      absent.map(async (instance): Promise<[string, Evidence]> => {
        const endpoint = endpoints.find((one) => one.instance === instance);
        if (!endpoint) return [instance, { problem: notConfigured, serial: null, swap: null }];
        return [
          instance,
          {
            problem: proving.latest().get(instance)?.problem ?? null,
            serial: shownLast(proving.proof(), instance),
            swap: await swapOf(swaps, endpoint, request.id),
          },
        ];
      }),
    ),
  );
}

function shownLast({ before, latest }: Proof, instance: string): string | null {
  const seen = [before[instance], latest[instance]].filter((leaf) => leaf !== undefined);
  return seen.toSorted((a, b) => b.at - a.at)[0]?.serial ?? null;
}

async function swapOf(swaps: Swaps, endpoint: Endpoint, generation: string): Promise<Evidence["swap"]> {
  if (endpoint.admin === null) return null;
  const all = await swaps(endpoint).catch(() => []);
  return all.findLast((swap) => swap.generation === generation) ?? null;
}

const notConfigured = {
  code: "NOT_CONFIGURED",
  side: "client",
  cause: "certops.yaml no longer names this instance, so nobody could look",
  fix: "Put it back, or ask for a new renewal of the instances there are.",
} as const;
