import type { CertificateRecord } from "../certificate.ts";
import type { ManagedService } from "../managed-service.ts";
import { refuse, type Refusal } from "../refusal.ts";
import type { Condemned, RevocationEvidence, Target } from "./revocation-request.ts";
import { covers } from "./revoking.ts";

type Scope = Pick<RevocationEvidence, "condemned" | "leftOut">;

/**
 * What a revocation with that target takes. `valid`: every certificate of the service's names that has not ended.
 * Refused: not-to-be-renewed, nothing-to-revoke.
 */
export function scopeOf(
  service: Pick<ManagedService, "name" | "endpoints">,
  target: Target,
  valid: CertificateRecord[],
): Scope | Refusal {
  const own = new Map(service.endpoints.map(({ id, instance }) => [id, instance]));
  const condemned: Condemned[] = [];
  const kept: Scope["leftOut"] = [];
  const besides: Scope["leftOut"] = [];
  for (const record of valid) {
    const { serial } = record;
    if (!isAimedAt(record, target, own)) {
      const why = target.kind === "service" ? whyBesides(record) : null;
      if (why !== null) besides.push({ serial, why });
      continue;
    }
    const why = whyKept(record, own);
    if (why === null) condemned.push(condemn(record, own));
    else kept.push({ serial, why });
  }
  if (kept[0] !== undefined && (target.kind !== "service" || condemned.length === 0)) return notToBeRenewed(kept[0]);
  if (condemned.length === 0) return nothingToRevoke(service.name, besides);
  return { condemned, leftOut: [...kept, ...besides] };
}

function isAimedAt(record: CertificateRecord, target: Target, own: ReadonlyMap<string, string>): boolean {
  if (target.kind === "serial") return record.serial === target.serial;
  return record.sightings.some(({ endpoint }) => {
    const instance = own.get(endpoint);
    return instance !== undefined && covers(target, instance);
  });
}

/** Why certops must not revoke it; null: nothing keeps it. */
function whyKept({ servedAt, issuedAt }: CertificateRecord, own: ReadonlyMap<string, string>): string | null {
  const elsewhere = servedAt.filter((endpoint) => !own.has(endpoint));
  if (elsewhere.length > 0) return `is served at ${elsewhere.join(", ")} too, where certops renews nothing`;
  return issuedAt === null ? "does not stand in Vault's list of what it issued" : null;
}

function whyBesides({ servedAt, sightings }: CertificateRecord): string | null {
  if (servedAt.length > 0) return `is served at ${servedAt.join(", ")}, where certops renews nothing`;
  return sightings.length === 0 ? "was issued, and never seen at its instances" : null;
}

const condemn = (
  { serial, generation, notAfter, servedAt }: CertificateRecord,
  own: ReadonlyMap<string, string>,
): Condemned => ({ serial, generation, notAfter, servedBy: servedAt.flatMap((endpoint) => own.get(endpoint) ?? []) });

function notToBeRenewed({ serial, why }: Scope["leftOut"][number]): Refusal {
  return refuse(
    "not-to-be-renewed",
    `${serial} ${why}.`,
    "certops revokes what it can replace first. Replace it there, or revoke it in Vault by hand.",
  );
}

function nothingToRevoke(name: string, [first]: Scope["leftOut"]): Refusal {
  return refuse(
    "nothing-to-revoke",
    `Nothing that is still valid was seen at the instances of ${name}.`,
    first === undefined
      ? `What is known of it: /cert show ${name}`
      : `One that ${first.why} is revoked by its serial: /cert revoke ${first.serial} <reason>`,
  );
}
