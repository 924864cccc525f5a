import { expect, test } from "vitest";
import { digestSince, standOf } from "../../bot/domain/digest.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { aFreeze, aLookSince, anEstate, aRecord } from "../support/inventory-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const now = t0 + 60_000;

test("the digest tells what has ended, what ends soon, what fails and what is not known", () => {
  const ending = aRecord("ending", ["service-a/a-1"], { notAfter: now + 5_000 });
  const ended = aRecord("ended", ["service-a/a-2"], { notAfter: now - 5_000 });
  const refused = aRecord("refused", ["service-b/b-1"], { names: ["service-b.example.com"], notAfter: now + 9e8 });
  const stand = standOf(
    {
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
    },
    [{ kind: "share", share: 0.1 }],
  );
  const { digest } = digestSince(stand, { last: null, next: now, isSnoozed: () => false, timezone: "Europe/Madrid" });
  expect(digest).toMatchObject({
    type: "digest",
    at: now,
    since: null,
    within: "with at most 20 % of life left",
    counts: { expired: 1, expiring: 1, failing: 1, silent: 2, watched: 5 },
    owners: [
      {
        owner: "payments",
        lines: [
          { state: "expired", endpoints: ["service-a/a-2"], serial: ended.serial, subject: "service-a" },
          { state: "expiring", endpoints: ["service-a/a-1"], serial: ending.serial, notAfter: now + 5_000 },
        ],
      },
      {
        owner: "ledger",
        lines: [{ state: "failing", serial: refused.serial, why: expect.stringContaining("hung up") }],
      },
    ],
    silent: [
      { since: null, count: 1, endpoints: ["service-b/b-2"] },
      { since: now, count: 1, endpoints: ["mail.example.com:465"], isNew: true },
    ],
    ground: [{ name: "root", notAfter: null, problem: "It cannot be read." }],
    frozen: [{ scope: "service-a", by: "U0ANA", until: null }],
  });
  expect(JSON.stringify(digest)).not.toContain("BEGIN CERTIFICATE");
});
