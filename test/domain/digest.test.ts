import { describe, expect, test } from "vitest";
import type { CertificateRecord } from "../../bot/domain/certificate.ts";
import { digestSince, partOf, standOf } from "../../bot/domain/digest.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { digestView } from "../../bot/slack/views/digest.ts";
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

describe("what was issued and is watched nowhere", () => {
  const issued = (name: string, changes: Partial<CertificateRecord> = {}) =>
    aRecord(name, [], { names: [`${name}.example.com`], subject: `CN=${name}.example.com`, issuedAt: t0, ...changes });
  const ours = issued("shared", { names: ["shared.example.com", "service-b.example.com"], notAfter: now + 3_000 });
  const records = [issued("batch", { notAfter: now + 9_000 }), ours, issued("cron", { notAfter: now + 6_000 })];
  const facts = {
    records,
    observations: [],
    estate: anEstate(),
    ground: [],
    renewing: new Map(),
    renewals: [],
    revoked: new Map(),
    frozen: [],
    now,
  };
  const since = { next: now, isSnoozed: () => false, timezone: "Europe/Madrid" };

  test("is one line with how many, whose as far as that is known, and the first", () => {
    const { digest } = digestSince(standOf(facts, []), { ...since, last: null });
    expect(digest.owners).toEqual([]);
    expect(digest.counts).toMatchObject({ expired: 0, expiring: 0 });
    expect(digest.unwatched).toEqual({
      count: 3,
      isMore: false,
      owners: [{ owner: "ledger", count: 1 }],
      first: { name: "shared.example.com", notAfter: now + 3_000 },
    });
    const { text, blocks } = digestView(digest);
    expect(text).not.toContain("3 issued");
    expect(JSON.stringify(blocks)).toContain(
      "*3 issued certificates* end with at most 20 % of life left whose use is not watched (ledger 1), the first `shared.example.com`",
    );
  });

  test("is told where its owner is, and of nobody's where the rest is", () => {
    const stand = standOf(facts, [], true);
    const lineOf = (isTheirs: Parameters<typeof partOf>[1]) =>
      digestSince(partOf(stand, isTheirs), { ...since, last: null }).digest.unwatched;
    expect(lineOf((owner) => owner === "ledger")).toMatchObject({ count: 1, isMore: false });
    expect(lineOf((owner) => owner !== "ledger")).toMatchObject({ count: 2, isMore: true, owners: [] });
    expect(lineOf((owner) => owner === "payments")).toBeNull();
  });

  test("is not well because it is watched no more", () => {
    const told = { "cron.example.com ": { name: "cron.example.com", state: "expiring 30 d " } };
    const { digest } = digestSince(standOf(facts, []), { ...since, last: { at: t0, told } });
    expect(digest.resolved).toEqual([]);
  });
});
