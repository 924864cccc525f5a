import { expect, test } from "vitest";
import { type InstanceSeen, pairVerdict } from "../../bot/domain/pair-why.ts";
import type { PeerRefusal } from "../../bot/domain/peer-refusal.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const seen = (id: string, host: string, changes: Partial<InstanceSeen> = {}): InstanceSeen => ({
  id,
  host,
  certificate: { serial: "aa:01", notAfter: t0 + 60_000 },
  complaint: null,
  verdict: "healthy",
  code: null,
  side: null,
  cause: null,
  fix: null,
  ...changes,
});

const refusal = (changes: Partial<PeerRefusal> = {}): PeerRefusal => ({
  at: t0 - 5_000,
  peerAddress: "10.0.0.1",
  peerPort: 40_000,
  code: "CERT_HAS_EXPIRED",
  cause: "the client's certificate has expired",
  fix: "Renew it.",
  certificate: null,
  ...changes,
});

const base = {
  caller: [seen("service-a/a-1", "10.0.0.1")],
  called: [seen("service-b/b-1", "10.0.0.2", { certificate: { serial: "bb:01", notAfter: t0 + 60_000 } })],
  refusals: [],
  callers: [],
  names: ["service-a.example.com"],
  now: t0,
};

test("what certops itself cannot reach, or refuses, is the called side's or the network's", () => {
  const down = { verdict: "out of reach", code: "ECONNREFUSED", cause: "Nothing listens.", fix: "Start it." } as const;
  expect(pairVerdict({ ...base, called: [seen("service-b/b-1", "h", down)] })).toMatchObject({
    side: "network",
    cause: "Nothing listens.",
    fix: "Start it.",
  });
  const expired = {
    verdict: "we refuse it",
    code: "CERT_HAS_EXPIRED",
    cause: "It has expired.",
    fix: "Renew it.",
  } as const;
  expect(pairVerdict({ ...base, called: [seen("service-b/b-1", "h", expired)] })).toMatchObject({ side: "called" });
});

test("a refusal of the caller's certificate, or of its address, is the caller's, with what the called side noted", () => {
  const byCertificate = refusal({
    peerAddress: "10.9.9.9",
    certificate: { subject: "CN=service-a.example.com", serial: "aa:00", notAfter: t0 },
  });
  expect(pairVerdict({ ...base, refusals: [byCertificate] })).toMatchObject({
    side: "caller",
    cause: "the client's certificate has expired",
    evidence: [expect.stringContaining("the certificate aa:00")],
  });
  expect(pairVerdict({ ...base, refusals: [refusal({ peerAddress: "::ffff:10.0.0.1" })] })).toMatchObject({
    evidence: [expect.stringContaining("a client at the caller's address")],
  });
});

test("refusals of others, of long ago, of port checks, and from before a call that was answered tell nothing", () => {
  const others = [
    refusal({ peerAddress: "10.0.0.3" }),
    refusal({ at: t0 - 3_600_000 }),
    refusal({ code: "ECONNRESET" }),
    refusal({ certificate: { subject: "CN=service-c.example.com", serial: "cc:01", notAfter: t0 } }),
  ];
  expect(pairVerdict({ ...base, refusals: others })).toMatchObject({ side: null, fix: null });
  const callers = [{ name: "service-a.example.com", lastAt: t0 - 1_000 }];
  expect(pairVerdict({ ...base, refusals: [refusal()], callers })).toMatchObject({
    side: null,
    evidence: [expect.anything(), "It answered a call of service-a.example.com 1 s ago."],
  });
});

test("one instance of several is turned away, while the others are answered under the same name", () => {
  const caller = [
    seen("service-a/a-1", "10.0.0.1"),
    seen("service-a/a-2", "10.0.0.1", { certificate: { serial: "aa:02", notAfter: t0 + 60_000 } }),
  ];
  const revoked = refusal({
    code: "CERT_REVOKED",
    cause: "the client's certificate was revoked",
    certificate: { subject: "CN=service-a.example.com", serial: "aa:02", notAfter: t0 + 60_000 },
  });
  const callers = [{ name: "service-a.example.com", lastAt: t0 - 1_000 }];
  const now = { ...base, caller, callers };
  expect(pairVerdict({ ...now, refusals: [revoked] })).toMatchObject({
    side: "caller",
    cause: "the client's certificate was revoked",
    evidence: [
      expect.stringContaining("the certificate aa:02"),
      "It answered a call of service-a.example.com 1 s ago. That was another instance.",
    ],
  });
  // What it shows no longer, or was refused a while ago, is over.
  const renewed = [seen("service-a/a-1", "10.0.0.1"), seen("service-a/a-2", "10.0.0.1")];
  expect(pairVerdict({ ...now, caller: renewed, refusals: [revoked] })).toMatchObject({ side: null });
  expect(pairVerdict({ ...now, refusals: [{ ...revoked, at: t0 - 120_000 }] })).toMatchObject({ side: null });
});

test("a name that another one begins with is not taken for it", () => {
  const other = refusal({
    peerAddress: "10.0.0.3",
    certificate: { subject: "O=shop\nCN=service-a.example.com.evil.org", serial: "ee:01", notAfter: t0 },
  });
  expect(pairVerdict({ ...base, refusals: [other] })).toMatchObject({ side: null });
});

test("a caller whose own certificate is over, or that complains, is at fault", () => {
  const over = seen("service-a/a-1", "10.0.0.1", { certificate: { serial: "aa", notAfter: t0 - 1 } });
  expect(pairVerdict({ ...base, caller: [over] })).toMatchObject({
    side: "caller",
    cause: expect.stringContaining("expired"),
  });
  const ill = seen("service-a/a-1", "10.0.0.1", { complaint: "the key does not fit" });
  expect(pairVerdict({ ...base, caller: [ill] })).toMatchObject({ side: "caller", cause: "the key does not fit" });
});
