import { describe, expect, test } from "vitest";
import type { Certificate } from "../../bot/domain/certificate.ts";
import { whyNotServed } from "../../bot/domain/not-served.ts";
import { type Outcome, receiptFor } from "../../bot/domain/receipt.ts";
import { aRequest, aService } from "../support/renewal-fixtures.ts";

const issued = (serial: string, generation: string) => ({ serial, generation }) as Certificate;
const leaf = (at: number, serial: string) => ({ at, serial, notAfter: at + 120_000 });

function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    request: aRequest({ createdAt: 1_000, decidedAt: 5_000 }),
    rollout: {
      startedAt: 5_100,
      resumedAt: [],
      issuedBefore: [],
      written: { "a-1": 5_200, "a-2": 5_200 },
      proven: [9_000],
    },
    proof: {
      tried: 80,
      failed: 1,
      causes: { ECONNRESET: 1 },
      before: { "a-1": leaf(5_150, "0a"), "a-2": leaf(5_150, "0b") },
      served: { "a-1": leaf(6_000, "1a"), "a-2": leaf(7_000, "1b") },
      latest: { "a-1": leaf(8_900, "1a"), "a-2": leaf(8_950, "1b") },
    },
    issued: [issued("1a", "r-abcd2345"), issued("1b", "r-abcd2345")],
    evidence: new Map(),
    problem: null,
    ...changes,
  };
}

describe("a receipt", () => {
  test("tells the steps, each since the one before", () => {
    expect(receiptFor(outcome()).steps).toEqual([
      { name: "requested", at: 1_000, tookMs: 0 },
      { name: "approved", at: 5_000, tookMs: 4_000 },
      { name: "written", at: 5_200, tookMs: 200 },
      { name: "first instance served", at: 6_000, tookMs: 800 },
      { name: "every instance served", at: 7_000, tookMs: 1_000 },
      { name: "proven", at: 9_000, tookMs: 2_000 },
    ]);
  });

  test("tells old and new of each instance", () => {
    expect(receiptFor(outcome()).instances).toEqual([
      { instance: "a-1", oldSerial: "0a", newSerial: "1a", notAfter: 128_900, servedAt: 6_000, problem: null },
      { instance: "a-2", oldSerial: "0b", newSerial: "1b", notAfter: 128_950, servedAt: 7_000, problem: null },
    ]);
  });

  test("an instance that nobody saw before has the old serial it was proposed with", () => {
    const { request, proof } = outcome();
    const evidence = [{ instance: "a-1", serial: "0e", generation: "g0", notAfter: 1 }];
    const receipt = receiptFor(outcome({ request: { ...request, evidence }, proof: { ...proof, before: {} } }));
    expect(receipt.instances.map(({ oldSerial }) => oldSerial)).toEqual(["0e", null]);
  });

  test("lists besides what no instance was planned to serve: not the old, not the new", () => {
    const serials = ["0a", "1a", "1b", "2a", "2b"];
    const receipt = receiptFor(outcome({ issued: serials.map((serial) => issued(serial, "r-abcd2345")) }));
    expect(receipt.besides).toEqual(["2a", "2b"]);
  });

  test("says what it does not know", () => {
    const { rollout } = outcome();
    const receipt = receiptFor(outcome({ issued: null, rollout: { ...rollout, resumedAt: [6_000, 7_000] } }));
    expect(receipt.notes).toEqual([
      "The bot was restarted 2 times meanwhile; while it was down it counted nothing.",
      "Vault did not say what else it issued meanwhile.",
    ]);
  });

  test("where nothing was written tells nothing but why; a write that shows on the wire counts as one", () => {
    const { rollout, proof } = outcome();
    const unwritten = { rollout: { ...rollout, written: {}, proven: [] }, problem: "Vault is sealed." };
    expect(receiptFor(outcome({ ...unwritten, proof: { ...proof, served: {}, latest: {} } }))).toEqual({
      generation: "r-abcd2345",
      instances: [],
      steps: [],
      handshakes: { tried: 0, failed: 0, causes: {} },
      besides: [],
      notes: [],
      problem: "Vault is sealed.",
    });
    expect(receiptFor(outcome(unwritten)).instances).toHaveLength(2);
  });

  test("of one instance first: its steps have its name", () => {
    const request = aRequest({ createdAt: 1_000, decidedAt: 5_000 }, aService({ rollout: "one-first" }));
    const rollout = { ...outcome().rollout, written: { "a-1": 5_200 }, proven: [] };
    const proof = { ...outcome().proof, served: { "a-1": leaf(6_000, "1a") } };
    expect(receiptFor(outcome({ request, rollout, proof })).steps.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "a-1 written",
      "a-1 served",
    ]);
  });
});

describe("why an instance does not serve it", () => {
  const well = { state: "ok", why: null } as const;
  const sealed = { state: "sealed", why: "It is sealed." } as const;
  const down = { state: "down", why: "Vault at vault:8200 cannot be reached: nothing listens there." } as const;
  const notAfter = Date.UTC(2026, 0, 31, 8);
  const seen = { problem: null, serial: "0a", notAfter, swap: null, placement: null, vault: well };
  const long = (octet: string) => Array.from({ length: 20 }, () => octet).join(":");
  const expiredProblem = {
    code: "CERT_HAS_EXPIRED",
    side: "server",
    cause: "its certificate has expired",
    fix: "Renew it.",
  } as const;
  const refused = {
    at: 1,
    outcome: "refused",
    serial: "1a",
    generation: "r-1",
    previousSerial: "0a",
    problem: "bad pair",
  } as const;

  test.each([
    ["it does", { written: true, seen: null, unserved: [] }, null],
    ["never written", { written: false, seen, unserved: [] }, "Left as it was: its generation was not written."],
    [
      "issued",
      { written: true, seen, unserved: ["1a"] },
      "Rendered but not served: Vault issued 1a for this generation, and a-1 still serves 0a.",
    ],
    [
      "issued, with serials as long as they are",
      { written: true, seen: { ...seen, serial: long("0a") }, unserved: [long("1a")] },
      "Rendered but not served: Vault issued 1a:1a:1a:1a…1a:1a for this generation, and a-1 still serves 0a:0a:0a:0a…0a:0a.",
    ],
    [
      "not issued",
      { written: true, seen, unserved: [] },
      "Not issued: the agent of a-1 has not rendered a new one, and a-1 still serves 0a.",
    ],
    [
      "Vault does not say",
      { written: true, seen, unserved: null },
      "It still serves 0a; whether Vault issued the new one is not known.",
    ],
    [
      "the instance refused it",
      { written: true, seen: { ...seen, swap: refused }, unserved: ["1a"] },
      "Rendered but not served: a-1 refused the new certificate (bad pair).",
    ],
    [
      "not issued, for Vault is sealed",
      { written: true, seen: { ...seen, vault: sealed }, unserved: [] },
      "Vault is sealed: unseal it, nothing is issued until then. a-1 still serves 0a, until 2026-01-31 08:00:00 UTC.",
    ],
    [
      "Vault does not say, for it is sealed",
      { written: true, seen: { ...seen, vault: sealed }, unserved: null },
      "Vault is sealed: unseal it, nothing is issued until then. a-1 still serves 0a, until 2026-01-31 08:00:00 UTC.",
    ],
    [
      "Vault does not answer, and no certificate was seen",
      { written: true, seen: { ...seen, serial: null, notAfter: null, vault: down }, unserved: null },
      "Vault is down, as certops sees it: nothing is issued until it is back. Vault at vault:8200 cannot be reached: nothing listens there. a-1 shows no certificate.",
    ],
    [
      "a standby answers for the active Vault",
      { written: true, seen: { ...seen, vault: { state: "standby", why: null } as const }, unserved: [] },
      "Not issued: the agent of a-1 has not rendered a new one, and a-1 still serves 0a.",
    ],
    [
      "issued before Vault was sealed",
      { written: true, seen: { ...seen, vault: sealed }, unserved: ["1a"] },
      "Rendered but not served: Vault issued 1a for this generation, and a-1 still serves 0a.",
    ],
    [
      "handshakes fail while Vault is sealed",
      { written: true, seen: { ...seen, problem: expiredProblem, vault: sealed }, unserved: null },
      "Handshakes fail: its certificate has expired (CERT_HAS_EXPIRED). Renew it. Vault is sealed: unseal it, nothing is issued until then.",
    ],
    [
      "handshakes fail",
      { written: true, seen: { ...seen, problem: expiredProblem }, unserved: [] },
      "Handshakes fail: its certificate has expired (CERT_HAS_EXPIRED). Renew it.",
    ],
  ])("%s", (_, known, sentence) => {
    expect(whyNotServed("a-1", known)).toBe(sentence);
  });
});
