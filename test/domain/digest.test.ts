import { expect, test } from "vitest";
import { digestOf } from "../../bot/domain/digest.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { aFreeze, aLookSince, anEstate, aRecord } from "../support/inventory-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const now = t0 + 60_000;

test("the digest tells what has ended, what ends soon, what fails and what is not known", () => {
  const ending = aRecord("ending", ["service-a/a-1"], { notAfter: now + 5_000 });
  const ended = aRecord("ended", ["service-a/a-2"], { notAfter: now - 5_000 });
  const refused = aRecord("refused", ["service-b/b-1"], { names: ["service-b.example.com"], notAfter: now + 9e8 });
  const digest = digestOf({
    records: [ending, ended, refused],
    observations: [
      aLookSince("service-a/a-1", ending, { at: now }),
      aLookSince("service-a/a-2", ended, { at: now, problem: handshakeProblem("CERT_HAS_EXPIRED") }),
      aLookSince("service-b/b-1", refused, { at: now, problem: handshakeProblem("ECONNRESET") }),
      aLookSince("mail.example.com:465", null, { at: now }),
    ],
    estate: anEstate(),
    ground: [
      {
        name: "root",
        where: "root.pem",
        certificate: null,
        notBefore: null,
        notAfter: null,
        problem: "It cannot be read.",
        at: now,
      },
    ],
    renewing: new Map(),
    renewals: [],
    revoked: new Map(),
    frozen: [aFreeze("service-a")],
    now,
  });
  expect(digest).toMatchObject({
    type: "digest",
    at: now,
    within: "with at most 20 % of life left",
    expired: [{ name: "service-a.example.com", endpoints: ["service-a/a-2"], serial: ended.serial }],
    expiring: [{ owner: "payments", endpoints: ["service-a/a-1"], serial: ending.serial, notAfter: now + 5_000 }],
    failing: [{ owner: "ledger", serial: refused.serial, why: expect.stringContaining("hung up") }],
    unknown: [{ endpoint: "service-b/b-2" }, { endpoint: "mail.example.com:465" }],
    ground: [{ name: "root", notAfter: null, problem: "It cannot be read." }],
    frozen: [{ scope: "service-a", by: "U0ANA", until: null }],
  });
  expect([digest.expired, digest.expiring, digest.failing].map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(JSON.stringify(digest)).not.toContain("BEGIN CERTIFICATE");
});
