import { describe, expect, test } from "vitest";
import type { Answer, Facts } from "../../bot/domain/answer.ts";
import { answerFrom } from "../../bot/domain/answering.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import { parseQuery } from "../../bot/domain/query.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { aCertificate, aFreeze, aLookSince, anEstate, aRecord } from "../support/inventory-fixtures.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const now = t0 + 60_000;
const bNames = { names: ["service-b.example.com"], subject: "CN=service-b.example.com" };
const leaves = {
  a1: aRecord("a1", ["service-a/a-1"]),
  a2: aRecord("a2", ["service-a/a-2"], { notAfter: t0 + 65_000 }),
  b1: aRecord("b1", ["service-b/b-1"], { ...bNames, notAfter: now - 5_000 }),
  mail: aRecord("mail", ["mail.example.com:465"], {
    names: ["mail.example.com"],
    issuer: "CN=Public CA",
    notBefore: t0 - 60 * day,
    notAfter: t0 + 30 * day,
  }),
  replaced: aRecord("replaced", [], {
    notAfter: now + 1_000,
    sightings: [{ endpoint: "service-a/a-1", firstSeen: t0 - 9, lastSeen: t0 - 9, latest: false }],
  }),
  gone: aRecord("gone", [], { names: ["gone.example.com"], notAfter: t0 - day, issuedAt: t0 - 2 * day }),
};

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    records: Object.values(leaves),
    observations: [
      aLookSince("service-a/a-1", leaves.a1, { at: now - 1_000 }),
      aLookSince("service-a/a-2", leaves.a2, { at: now - 2_000 }),
      aLookSince("service-b/b-1", leaves.b1, { at: now - 3_000, problem: handshakeProblem("CERT_HAS_EXPIRED") }),
      aLookSince("service-b/b-2", null, { at: now - 500, since: now - 40_000 }),
      aLookSince("mail.example.com:465", leaves.mail, { at: now - 4_000 }),
    ],
    estate: anEstate(),
    ground: [],
    renewing: new Map(),
    renewals: [],
    frozen: [],
    now,
    ...changes,
  };
}

function answer(question: string, changes: Partial<Facts> = {}): Answer {
  const query = parseQuery(question.split(" "));
  if (isRefusal(query)) throw new Error(query.message);
  const answered = answerFrom(query, facts(changes));
  if (isRefusal(answered)) throw new Error(answered.message);
  return answered;
}

const named = ({ rows }: Answer) => rows.map(({ certificate }) => certificate.pem.split("\n")[1]);
const condition = ({ rows }: Answer, type: string) => rows[0]?.conditions.find((one) => one.type === type);

describe("which certificates", () => {
  test.each([
    ["expiring", ["a2"]],
    ["expiring 1m", ["a2", "a1"]],
    ["expiring 30d", ["a2", "a1", "mail"]],
    ["expiring 40%", ["a2", "mail"]],
    ["expired", ["b1"]],
    ["show service-a", ["a2", "a1"]],
    ["show a-2", ["a2"]],
    ["show SERVICE-B/b-1", ["b1"]],
    ["show mail.example.com", ["mail"]],
    [`show ${leaves.replaced.fingerprint.slice(0, 12)}`, ["replaced"]],
    ["host service-b.example.com", ["b1"]],
    ["host *.example.com", ["b1", "a2", "a1", "mail"]],
    ["host 127.0.0.1", ["b1", "a2", "a1"]],
    ["host 127.0.0.1:7444", ["a2"]],
    ["host gone.example.com", ["gone"]],
    ["issuer public", ["mail"]],
    ["owner Payments", ["a2", "a1"]],
    [`serial ${leaves.replaced.serial.toUpperCase()}`, ["replaced"]],
  ])("%s", (question, names) => {
    expect(named(answer(question))).toEqual(names);
  });

  test("with where each is served, by whom it is owned, and what is left of it", () => {
    expect(answer("show a-1").rows).toMatchObject([
      {
        service: "service-a",
        standing: "served",
        places: [{ service: "service-a", instance: "a-1", endpoint: "service-a/a-1", owner: "payments" }],
        remainingMs: 60_000,
        remainingShare: 0.5,
      },
    ]);
    expect(answer("show mail").rows).toMatchObject([{ service: null, places: [{ owner: null, instance: "mail" }] }]);
  });
});

describe("how sure the answer is", () => {
  test("it is as old as the oldest look it rests on", () => {
    expect(answer("expiring").asOf).toBe(now - 4_000);
    expect(answer("owner payments").asOf).toBe(now - 2_000);
    expect(answer("expiring", { observations: [], records: [] }).asOf).toBeNull();
  });

  test("an endpoint out of reach is unknown, never left out", () => {
    expect(answer("expiring").unknown).toEqual([
      {
        endpoint: "service-b/b-2",
        serverName: bNames.names[0],
        why: "Nothing listens on this port.",
        since: now - 40_000,
      },
    ]);
    expect(answer("owner payments").unknown).toEqual([]);
    expect(answer("show service-b").unknown).toMatchObject([{ endpoint: "service-b/b-2" }]);
  });

  test("so are one that was never looked at and one that was looked at too long ago", () => {
    const observations = [aLookSince("service-a/a-1", leaves.a1, { at: now - 15_001 })];
    expect(answer("owner payments", { observations }).unknown).toEqual([
      {
        endpoint: "service-a/a-1",
        serverName: "service-a.example.com",
        why: "The last look at it is too old to tell.",
        since: now - 15_001,
      },
      {
        endpoint: "service-a/a-2",
        serverName: "service-a.example.com",
        why: "It has not been looked at yet.",
        since: null,
      },
    ]);
  });

  test("what was served before its endpoint went out of reach still expires", () => {
    const lost = { ...leaves.a2, servedAt: [] };
    const observations = [aLookSince("service-a/a-2", null, { at: now, since: now - 9_000 })];
    const told = answer("expiring", { records: [lost], observations });
    expect(named(told)).toEqual(["a2"]);
    expect(told.rows[0]).toMatchObject({ standing: "last-seen", places: [{ instance: "a-2" }] });
    expect(condition(told, "Ready")).toMatchObject({
      status: "Unknown",
      reason: "Unreachable",
      lastTransition: now - 9_000,
    });
    expect(condition(told, "Deployed")).toMatchObject({ status: "Unknown" });
  });
});

describe("conditions", () => {
  const ready = (question: string, changes?: Partial<Facts>) => condition(answer(question, changes), "Ready");

  test("of one that is well", () => {
    const told = answer("show a-1");
    expect(told.rows[0]?.conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ["Ready", "True", "Verified"],
      ["Expiring", "False", "Fresh"],
      ["Issuing", "False", "NotRenewing"],
      ["Deployed", "True", "Served"],
    ]);
  });

  test("of one that ends soon: since when", () => {
    expect(condition(answer("show a-2"), "Expiring")).toMatchObject({
      status: "True",
      reason: "Expiring",
      lastTransition: t0 + 52_000,
    });
  });

  test("of one that has expired: since its end, whatever else is wrong", () => {
    expect(ready("show b-1")).toMatchObject({ status: "False", reason: "Expired", lastTransition: now - 5_000 });
  });

  test("of one whose handshake fails: where, why and since when", () => {
    const problem = handshakeProblem("ECONNRESET");
    const observations = [aLookSince("service-a/a-1", leaves.a1, { at: now, since: now - 7_000, problem })];
    expect(ready("show a-1", { observations })).toMatchObject({
      status: "False",
      reason: "HandshakeFailed",
      message: expect.stringContaining("service-a/a-1: The server hung up"),
      lastTransition: now - 7_000,
    });
  });

  test("of one that was not looked at lately: unknown, never healthy", () => {
    const observations = [aLookSince("service-a/a-1", leaves.a1, { at: now - 60_000 })];
    expect(ready("show a-1", { observations })).toMatchObject({ status: "Unknown", reason: "StaleProbe" });
  });

  test("of one that is not valid yet", () => {
    const early = aRecord("early", ["service-a/a-1"], { notBefore: now + 5_000, notAfter: now + 9_000 });
    expect(ready("show a-1", { records: [early] })).toMatchObject({ status: "False", reason: "NotYetValid" });
  });

  test("of one whose service has an approved renewal under way", () => {
    expect(condition(answer("show a-1", { renewing: new Map([["service-a", now - 800]]) }), "Issuing")).toMatchObject({
      status: "True",
      reason: "Renewing",
      lastTransition: now - 800,
    });
  });

  const written = (changes: Partial<RenewalRequest> = {}) =>
    aRequest({
      state: "not-served",
      evidence: [{ instance: "a-1", serial: leaves.a1.serial, generation: "g0", notAfter: leaves.a1.notAfter }],
      receipt: {
        generation: "r-abcd2345",
        instances: [
          { instance: "a-1", oldSerial: null, newSerial: null, notAfter: null, servedAt: null, problem: "Not issued." },
        ],
        steps: [{ name: "written", at: t0, tookMs: 0 }],
        handshakes: { tried: 1, failed: 0, causes: {} },
        besides: [],
        notes: [],
        problem: null,
      },
      ...changes,
    });

  test("of one whose instance was to serve another generation by now: it is deployed no longer, though it answers", () => {
    const told = answer("show a-1", { renewals: [written()] });
    expect(condition(told, "Deployed")).toMatchObject({
      status: "False",
      reason: "OldGeneration",
      message: "a-1 still serves g0; r-abcd2345 is written. Not issued.",
    });
    expect(condition(told, "Ready")).toMatchObject({ status: "True" });
    expect(condition(answer("show a-2", { renewals: [written()] }), "Deployed")).toMatchObject({ status: "True" });
  });

  test.each([
    ["a renewal that wrote nothing", [written({ receipt: null })], "g0"],
    ["the generation that was written", [written()], "r-abcd2345"],
    ["what somebody else wrote since", [written()], "by-hand"],
    ["a later renewal that arrived", [written({ id: "r-later222", evidence: [] }), written()], "g0"],
  ])("of one that is deployed: %s", (_, renewals, generation) => {
    const records = [{ ...leaves.a1, generation }];
    expect(condition(answer("show a-1", { renewals, records }), "Deployed")).toMatchObject({ status: "True" });
  });

  test("of one that was issued and is nowhere served", () => {
    const stray = aRecord("stray", [], { notBefore: t0 + 20_000, notAfter: now + day, issuedAt: t0 + 21_000 });
    const told = answer("show service-a", { records: [leaves.a1, stray] });
    expect(named(told)).toEqual(["a1", "stray"]);
    expect(told.rows[1]?.conditions.filter(({ reason }) => reason === "NotServed").map(({ type }) => type)).toEqual([
      "Ready",
      "Deployed",
    ]);
  });
});

describe("a shortened serial", () => {
  const serial = "39:df:21:e2:00:00:00:7d:2e";
  const one = aRecord("one", ["service-a/a-1"], { serial });

  test.each(["39:df:21:e2…7d:2e", "39df21e2...7d2e", "39:df:21:e2…", "39:df:21:e2", "39:df:21:e2:00", serial])(
    "%s is found",
    (text) => {
      expect(named(answer(`serial ${text}`, { records: [one] }))).toEqual(["one"]);
    },
  );

  test.each(["39:df:21", "39:df:21:e2…7d:2f", "39:df:21:e3…7d:2e"])("%s is not", (text) => {
    const query = parseQuery(["serial", text]);
    if (isRefusal(query)) throw new Error(query.message);
    expect(answerFrom(query, facts({ records: [one] }))).toMatchObject({ code: "not-found" });
  });

  test("of too few bytes is refused", () => {
    expect(parseQuery(["serial", "39:df…7d:2e"])).toMatchObject({ code: "bad-serial" });
  });
});

describe("what certops itself stands on", () => {
  const root = aCertificate("root", { isCa: true, names: [], subject: "CN=certops Root", issuer: "CN=certops Root" });
  const bot = { problem: null, at: now, where: "somewhere" } as const;
  const ground: Facts["ground"] = [
    { name: "root", certificate: root, notBefore: t0 - day, notAfter: t0 + 9_000 * day, ...bot },
    { name: "certops' own token", certificate: null, notBefore: t0 - 50_000, notAfter: now + 10_000, ...bot },
    { name: "root's revocation list", certificate: null, notBefore: t0 - day, notAfter: now - 1, ...bot },
    {
      name: "intermediate",
      certificate: null,
      notBefore: null,
      notAfter: null,
      problem: "Vault is sealed.",
      at: now,
      where: "pki/cert/ca",
    },
  ];
  const names = (question: string) => answer(question, { ground }).ground.map(({ name }) => name);

  test("is in the answers that it touches; what cannot be read is in all of them, first", () => {
    expect(names("expiring")).toEqual(["intermediate", "certops' own token"]);
    expect(names("expired")).toEqual(["intermediate", "root's revocation list"]);
    expect(names("show root")).toEqual(["root's revocation list", "root"]);
    expect(names("issuer certops")).toEqual(["root"]);
    expect(names(`serial ${root.serial}`)).toEqual(["root"]);
    expect(names("owner payments")).toEqual([]);
  });

  test.each([
    ["show token", ["certops' own token"]],
    ["show crl", ["root's revocation list"]],
    ["show certops-bot", ["certops' own token"]],
    ["show CERTOPS-BOT", ["certops' own token"]],
    ["show intermediate", ["intermediate"]],
  ])("is found by what people call it: %s", (question, found) => {
    expect(names(question)).toEqual(found);
  });

  test("certops' own certificate is told by what it stands on, also the one before the last", () => {
    const own = (name: string, at: number) =>
      aRecord(name, [], { subject: "CN=certops-bot", names: ["certops-bot"], notBefore: at, notAfter: now + day });
    const [before, fresh] = [own("own-1", t0), own("own-2", t0 + 1_000)];
    const life = { certificate: before, notBefore: t0, notAfter: now + day };
    const told = answer("show certops-bot", {
      ground: [{ name: "certops' own certificate", ...life, ...bot, where: "identity.pem" }],
      records: [before, fresh],
    });
    expect([named(told), told.ground.map(({ where }) => where)]).toEqual([[], ["identity.pem"]]);
  });

  test("an authority that a service presents is not the service's, nor its owner's", () => {
    const ca = aRecord("ca", [], { isCa: true, names: [], subject: "CN=certops Intermediate" });
    const chain = [leaves.a1.fingerprint, ca.fingerprint];
    const changes = {
      records: [leaves.a1, ca],
      observations: [aLookSince("service-a/a-1", leaves.a1, { at: now, chain })],
    };
    const questions = ["show service-a", "owner payments", "host 127.0.0.1"];
    expect(questions.map((question) => named(answer(question, changes)))).toEqual([["a1"], ["a1"], ["a1"]]);
    expect(answer(`show ${ca.fingerprint}`, changes).rows).toMatchObject([
      { service: null, places: [{ owner: null }] },
    ]);
  });

  test("is told once, not as a certificate as well", () => {
    const presented = aRecord("root", [], { ...root, issuedAt: t0 });
    const observations = [aLookSince("service-a/a-1", leaves.a1, { chain: [leaves.a1.fingerprint, root.fingerprint] })];
    const told = answer("issuer certops", { ground, records: [presented], observations });
    expect([named(told), told.ground.length]).toEqual([[], 1]);
  });

  test("says how long it lasts, or that it has no end", () => {
    const endless = [
      { ...ground[1], name: "certops' own token", certificate: null, notBefore: t0, notAfter: null, ...bot } as const,
    ];
    expect(answer("show token", { ground: endless }).ground).toMatchObject([{ remainingMs: null, problem: null }]);
    expect(answer("show token", { ground }).ground).toMatchObject([{ remainingMs: 10_000, remainingShare: 1 / 12 }]);
  });
});

describe("freezes", () => {
  test.each([
    ["expiring", ["*", "service-a"], ["*", "service-a"]],
    ["owner ledger", ["service-a"], []],
    ["owner ledger", ["service-a", "*"], ["*"]],
    ["show b-1", ["service-b"], ["service-b"]],
  ])("%s, frozen %j", (question, frozen, told) => {
    const answered = answer(question, { frozen: frozen.map(aFreeze) });
    expect(answered.frozen.map(({ scope }) => scope).toSorted()).toEqual(told);
  });
});

describe("a name nobody has is refused with the one that was meant", () => {
  test.each([
    ["show servce-a", "Did you mean service-a?"],
    ["host mail.exmaple.com", "Did you mean mail.example.com?"],
    ["owner paymnts", "Did you mean payments?"],
    ["owner zzz", "Known are ledger, payments."],
    ["issuer zzz", "Known are Public CA, certops Intermediate."],
    ["serial 77:77", expect.stringContaining("first four bytes")],
    ["serial 62:32", "Did you mean 62:31?"],
    ["host *.nowhere.org", expect.stringContaining("Known are")],
    ["show certops-bott", "Did you mean certops-bot?"],
  ])("%s", (question, hint) => {
    const query = parseQuery(question.split(" "));
    if (isRefusal(query)) throw new Error(query.message);
    expect(answerFrom(query, facts())).toMatchObject({ refused: true, code: "not-found", hint });
  });
});
