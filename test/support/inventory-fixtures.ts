import type { Certificate, CertificateRecord } from "../../bot/domain/certificate.ts";
import type { Endpoint, Observation, ObservationRecord } from "../../bot/domain/endpoint.ts";
import type { FreezeInForce } from "../../bot/domain/freeze.ts";
import type { Estate } from "../../bot/domain/estate.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { aService, anEndpoint, t0 } from "./renewal-fixtures.ts";

const minute = 60_000;

/** Identified by a short name; two minutes of life from `t0` unless told otherwise. */
export function aCertificate(name: string, changes: Partial<Certificate> = {}): Certificate {
  const digits = Buffer.from(name).toString("hex");
  return {
    fingerprint: digits.padEnd(64, "0"),
    serial: digits.replaceAll(/(..)(?=.)/g, "$1:"),
    subject: "CN=service-a.example.com",
    issuer: "CN=certops Intermediate",
    names: ["service-a.example.com"],
    notBefore: t0,
    notAfter: t0 + 2 * minute,
    key: "EC P-256",
    generation: "g0",
    isCa: false,
    pem: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
    ...changes,
  };
}

/** As the inventory gives it: served at these endpoints and nowhere else, unless told otherwise. */
export function aRecord(name: string, servedAt: string[], changes: Partial<CertificateRecord> = {}): CertificateRecord {
  const certificate = aCertificate(name, changes);
  const [firstSeen, lastSeen] = [certificate.notBefore, certificate.notBefore];
  return {
    ...certificate,
    servedAt,
    sightings: servedAt.map((endpoint) => ({ endpoint, firstSeen, lastSeen, latest: true })),
    issuedAt: null,
    firstSeen,
    lastSeen,
    ...changes,
  };
}

export function aLook(endpoint: string, leaf: Certificate | null, changes: Partial<Observation> = {}): Observation {
  return {
    endpoint,
    at: t0,
    fingerprint: leaf?.fingerprint ?? null,
    chain: leaf === null ? [] : [leaf.fingerprint],
    problem: leaf === null ? handshakeProblem("ECONNREFUSED", false) : null,
    tookMs: 3,
    ...changes,
  };
}

export function aLookSince(
  endpoint: string,
  leaf: Certificate | null,
  changes: Partial<ObservationRecord> = {},
): ObservationRecord {
  const look = aLook(endpoint, leaf, changes);
  return { ...look, since: look.at, ...changes };
}

export const aFreeze = (scope: string): FreezeInForce => ({ scope, by: "U0ANA", reason: "audit", at: t0, until: null });

export const serviceB = aService({
  name: "service-b",
  owner: "ledger",
  names: ["service-b.example.com"],
  endpoints: ["b-1", "b-2"].map((instance, index) =>
    anEndpoint(instance, {
      id: `service-b/${instance}`,
      service: "service-b",
      port: 8443 + index,
      serverName: "service-b.example.com",
    }),
  ),
});

export const mail: Endpoint = anEndpoint("mail", {
  id: "mail.example.com:465",
  service: null,
  host: "mail.example.com",
  port: 465,
  serverName: "mail.example.com",
  protocol: "tls",
});

/** Service a with a-1 and a-2, service b with b-1 and b-2, and one mail server that somebody else renews. */
export function anEstate(changes: Partial<Estate> = {}): Estate {
  return {
    services: [aService(), serviceB],
    endpoints: [mail],
    within: { kind: "share", share: 0.2 },
    staleAfterMs: 15_000,
    ...changes,
  };
}
