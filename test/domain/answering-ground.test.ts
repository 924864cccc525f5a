import { describe, expect, test } from "vitest";
import type { Facts } from "../../bot/domain/answer.ts";
import { answer, day, leaves, named, now } from "../support/answer-fixtures.ts";
import { aCertificate, aLookSince, aRecord } from "../support/inventory-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

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
