import { expect, test } from "vitest";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { expiryMetrics } from "../../bot/domain/metrics.ts";
import { aLookSince, anEstate, aRecord } from "../support/inventory-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const shared = aRecord("shared", ["service-a/a-1", "service-a/a-2"]);
const mail = aRecord("mail", ["mail.example.com:465"], {
  subject: "O=Mail",
  issuer: "C=X, CN=Public\\, CA",
  notAfter: t0 + 5,
});
const replaced = aRecord("replaced", []);
const metrics = expiryMetrics(
  [shared, mail, replaced],
  [
    aLookSince("service-a/a-1", shared),
    aLookSince("service-b/b-1", null, { problem: handshakeProblem("ECONNREFUSED") }),
  ],
  anEstate().services,
  t0 + 10,
);
const samples = (name: string) =>
  metrics.find((metric) => metric.name === name)?.samples.map(({ labels, value }) => [...Object.values(labels), value]);

test("each certificate that is served once, replaced ones not at all", () => {
  expect(samples("x509_cert_not_after")).toEqual([
    [shared.serial, "service-a.example.com", "certops Intermediate", (t0 + 120_000) / 1_000],
    [mail.serial, "O=Mail", "Public\\, CA", (t0 + 5) / 1_000],
  ]);
  expect(samples("x509_cert_expired")?.map((sample) => sample.at(-1))).toEqual([0, 1]);
  expect(samples("x509_cert_not_before")?.map((sample) => sample.at(-1))).toEqual([t0 / 1_000, t0 / 1_000]);
});

test("each endpoint with what it serves and whether its last handshake went well", () => {
  expect(samples("ssl_cert_not_after")?.map(([instance]) => instance)).toEqual([
    "service-a/a-1",
    "service-a/a-2",
    "mail.example.com:465",
  ]);
  expect(samples("ssl_probe_success")).toEqual([
    ["service-a/a-1", 1],
    ["service-b/b-1", 0],
  ]);
});

test("each instance of a managed service under cert-manager's name", () => {
  expect(samples("certmanager_certificate_expiration_timestamp_seconds")).toEqual([
    ["a-1", "service-a", "pki/service-a", "Vault", (t0 + 120_000) / 1_000],
    ["a-2", "service-a", "pki/service-a", "Vault", (t0 + 120_000) / 1_000],
  ]);
});
