import { undecided } from "../../domain/asked.ts";
import { askableEndpoints } from "../../domain/estate.ts";
import { serviceOf } from "../../domain/lineage.ts";
import type { ManagedService } from "../../domain/managed-service.ts";
import { planFor } from "../../domain/plan.ts";
import { isBeginning, isSerial, type SerialQuery } from "../../domain/query.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import { parseReason } from "../../domain/revocation/reason.ts";
import type { RevocationPlan, RevocationRequest, Target } from "../../domain/revocation/revocation-request.ts";
import { scopeOf } from "../../domain/revocation/scope.ts";
import { parseTarget } from "../../domain/revocation/target.ts";
import { noInstances } from "../../domain/unlisted.ts";
import { askedSince, openRequest, type OpenNeeds, reasonTooLong } from "../open-request.ts";
import type { CertificateRecord } from "../../domain/certificate.ts";
import type { Clock, IssuedList } from "../ports.ts";
import type { Inventory } from "../inventory.ts";
import { type DependNeeds, whoMeets } from "../who-depends.ts";

export interface ProposeRevocationNeeds extends OpenNeeds, DependNeeds {
  inventory: Pick<Inventory, "certificates">;
  issued: Pick<IssuedList, "read">;
  services: ReadonlyMap<string, ManagedService>;
  /** Names on certops' own certificate, which calls everybody. */
  own: string[];
  clock: Clock;
  newId: () => string;
}

export interface WantedRevocation {
  /** As they were typed. */
  target: string;
  reason: string | undefined;
  text: string;
  requester: string;
  /** Asked at that time and cut off: a request of theirs since then is this one, and there is no second. */
  since?: number | undefined;
}

/**
 * Opens a pending request to revoke what a service served, once something else is served in its place. Refused:
 * unknown-target, ambiguous, missing-argument, unknown-reason, reason-too-long, not-found, not-managed, no-instances,
 * nothing-to-revoke, not-to-be-renewed, frozen, already-open.
 */
export async function proposeRevocation(
  needs: ProposeRevocationNeeds,
  { target: typed, reason: word, text, requester, since }: WantedRevocation,
): Promise<RevocationRequest | Refusal> {
  const named = await findTarget(needs, typed);
  if (isRefusal(named)) return named;
  const reason = parseReason(word);
  if (isRefusal(reason)) return reason;
  const tooLong = reasonTooLong(text);
  if (tooLong) return tooLong;
  const { service, target } = named;
  const asked = await askedSince(needs, { kind: "revocation", subject: service.name, requester, since });
  if (asked) return asked;
  if (service.endpoints.length === 0) return noInstances(service);

  const now = needs.clock();
  const scope = scopeOf(service, target, await validOf(needs, service, now));
  if (isRefusal(scope)) return scope;
  const serials = scope.condemned.map(({ serial }) => serial).toSorted();
  const plan: RevocationPlan = { target, reason, serials, renewal: planFor(service) };
  const services = [...needs.services.values()];
  const holders = askableEndpoints(services);
  const meets = await whoMeets(needs, service, { services, own: needs.own, now });
  return openRequest<RevocationRequest>(needs, {
    ...undecided(plan, service.approval, now),
    kind: "revocation",
    id: needs.newId(),
    requester,
    reason: text || "no more was said",
    evidence: { ...scope, holders: holders.map(({ id }) => id), meets },
  });
}

async function findTarget(
  needs: ProposeRevocationNeeds,
  typed: string,
): Promise<{ service: ManagedService; target: Target } | Refusal> {
  const named = parseTarget(typed, needs.services);
  if (isRefusal(named) || named.service !== null) return named;
  const found = await bySerial(needs, named.serial);
  if (isRefusal(found)) return found;
  const service = serviceOf(found, [...needs.services.values()]);
  if (service === null) {
    return refuse(
      "not-managed",
      `${found.serial} is of no service in certops.yaml (${found.names.join(", ") || found.subject}).`,
      "certops revokes what it can replace first. Replace it where it is served, then revoke it in Vault by hand.",
    );
  }
  return { service, target: { kind: "serial", serial: found.serial } };
}

async function bySerial(
  { inventory }: ProposeRevocationNeeds,
  asked: SerialQuery,
): Promise<CertificateRecord | Refusal> {
  const { serial } = asked;
  const some = await inventory.certificates(isBeginning(asked) ? { serialStart: serial } : { serial });
  const found = some.filter((record) => isSerial(asked, record.serial));
  const [first, second] = found;
  if (first === undefined) {
    return refuse(
      "not-found",
      `No certificate with the serial ${serial} is known.`,
      "What is served now: /cert show <service>",
    );
  }
  if (second === undefined) return first;
  return refuse(
    "ambiguous",
    `${found.length} serials begin so.`,
    `Write it out: ${found
      .slice(0, 5)
      .map((one) => one.serial)
      .join(" or ")}.`,
  );
}

/** One that was issued a moment ago may not have been read from Vault's list yet: it is asked for. */
async function validOf(
  { inventory, issued }: ProposeRevocationNeeds,
  service: ManagedService,
  now: number,
): Promise<CertificateRecord[]> {
  const found = await Promise.all(service.names.map((name) => inventory.certificates({ name })));
  const once = new Map(found.flat().map((record) => [record.fingerprint, record]));
  const valid = [...once.values()].filter(
    (record) => !record.isCa && record.notAfter > now && serviceOf(record, [service]) !== null,
  );
  return Promise.all(
    valid.map(async (record) => {
      if (record.issuedAt !== null) return record;
      const found = await issued.read(service.issuer.mount, record.serial).catch(() => null);
      return found === null ? record : { ...record, issuedAt: now };
    }),
  );
}
