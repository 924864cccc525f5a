import { describe, expect, test } from "vitest";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { parseReason, tellReason } from "../../bot/domain/revocation/reason.ts";
import type { Target } from "../../bot/domain/revocation/revocation-request.ts";
import { settledSerials } from "../../bot/domain/revocation/revoking.ts";
import { scopeOf } from "../../bot/domain/revocation/scope.ts";
import { parseTarget } from "../../bot/domain/revocation/target.ts";
import { planFor } from "../../bot/domain/plan.ts";
import { aRecord, serviceB } from "../support/inventory-fixtures.ts";
import { anEndpoint, aService, t0 } from "../support/renewal-fixtures.ts";

describe("the reason", () => {
  test.each([
    ["key-compromise", "key-compromise"],
    ["keyCompromise", "key-compromise"],
    ["KEY_COMPROMISE", "key-compromise"],
    ["1", "key-compromise"],
    ["cessationOfOperation", "cessation-of-operation"],
    ["0", "unspecified"],
  ])("%s is %s", (typed, reason) => expect(parseReason(typed)).toBe(reason));

  test.each([
    [undefined, /^Reasons: key-compromise, /],
    ["key-compromize", /^Did you mean key-compromise\?$/],
    ["supersede", /^Did you mean superseded\?$/],
    ["bored", /^Give one of key-compromise, /],
  ])("%s gets help", (typed, hint) => expect(parseReason(typed)).toMatchObject({ hint: expect.stringMatching(hint) }));

  test.each([
    ["certificateHold", /^certificate-hold is no reason to give here: Vault cannot take/],
    ["2", /^ca-compromise is no reason to give here: .*say key-compromise\.$/],
  ])("%s is of RFC 5280, and refused with why", (typed, message) =>
    expect(parseReason(typed)).toMatchObject({ code: "unknown-reason", message: expect.stringMatching(message) }),
  );

  test("is told with its code and meaning", () => {
    expect(tellReason("superseded")).toBe("superseded (4): another one took its place");
  });
});

describe("what is named", () => {
  const services = new Map([
    ["service-a", aService()],
    ["service-b", serviceB],
  ]);

  test.each([
    ["service-a", "service-a", { kind: "service" }],
    ["Service-B", "service-b", { kind: "service" }],
    ["b-2", "service-b", { kind: "instance", instance: "b-2" }],
    ["service-a/a-1", "service-a", { kind: "instance", instance: "a-1" }],
  ])("%s", (typed, service, target) => {
    expect(parseTarget(typed, services)).toMatchObject({ service: { name: service }, target });
  });

  test("a serial, whole or as receipts shorten it", () => {
    expect(parseTarget("3E:0F:9A:11:22", services)).toEqual({ service: null, serial: { serial: "3e:0f:9a:11:22" } });
    expect(parseTarget("3e:0f:9a:11…7d:2e", services)).toEqual({
      service: null,
      serial: { serial: "3e:0f:9a:11", ending: "7d:2e" },
    });
  });

  test("nothing known is refused with what was meant, though it reads as hexadecimal", () => {
    expect(parseTarget("a-3", services)).toMatchObject({ code: "unknown-target", hint: "Did you mean a-1?" });
    expect(parseTarget("serivce-b", services)).toMatchObject({ hint: "Did you mean service-b?" });
    expect(parseTarget("nobody-knows-it", services)).toMatchObject({ hint: "Services: service-a, service-b." });
  });

  test("an instance of two services has to be named with its service", () => {
    const twice = new Map([
      ...services,
      ["other", aService({ name: "other", endpoints: [anEndpoint("b-1", { id: "other/b-1" })] })],
    ]);
    expect(parseTarget("b-1", twice)).toMatchObject({
      code: "ambiguous",
      hint: "Write it with its service: service-b/b-1 or other/b-1.",
    });
  });
});

describe("what is taken", () => {
  const issuedAt = t0;
  const [one, two] = ["service-a/a-1", "service-a/a-2"];
  const records = [
    aRecord("now-one", [one], { issuedAt }),
    aRecord("now-two", [two], { issuedAt }),
    aRecord("old-one", [], { issuedAt, sightings: [{ endpoint: one, firstSeen: t0, lastSeen: t0, latest: false }] }),
    aRecord("unseen", [], { issuedAt }),
    aRecord("theirs", ["10.81.2.2:443"], { issuedAt }),
    aRecord("shared", [two, "10.81.2.2:443"], { issuedAt }),
    aRecord("strange", [two]),
  ];
  const named = (name: string) => records.find(({ pem }) => pem.includes(`\n${name}\n`))?.serial;
  const take = (target: Target, some = records) => {
    const scope = scopeOf(aService(), target, some);
    if (isRefusal(scope)) return scope;
    return { taken: scope.condemned.map(({ serial }) => serial), left: scope.leftOut.map(({ why }) => why) };
  };

  test("of a service: what its instances were seen with, and nothing that is served where certops renews nothing", () => {
    expect(take({ kind: "service" })).toEqual({
      taken: ["now-one", "now-two", "old-one"].map(named),
      left: [
        "is served at 10.81.2.2:443 too, where certops renews nothing",
        "does not stand in Vault's list of what it issued",
        "was issued, and never seen at its instances",
        "is served at 10.81.2.2:443, where certops renews nothing",
      ],
    });
  });

  test("of an instance: what that one was seen with; refused when one of them is served elsewhere too", () => {
    expect(take({ kind: "instance", instance: "a-1" })).toEqual({ taken: ["now-one", "old-one"].map(named), left: [] });
    expect(take({ kind: "instance", instance: "a-2" })).toMatchObject({
      code: "not-to-be-renewed",
      message: `${named("shared")} is served at 10.81.2.2:443 too, where certops renews nothing.`,
    });
  });

  test("of a serial: that one, seen or not", () => {
    expect(take({ kind: "serial", serial: named("unseen") ?? "" })).toEqual({ taken: [named("unseen")], left: [] });
    for (const kept of ["theirs", "strange"]) {
      expect(take({ kind: "serial", serial: named(kept) ?? "" })).toMatchObject({ code: "not-to-be-renewed" });
    }
  });

  test("nothing: refused, with the serial of one that was never seen", () => {
    expect(take({ kind: "service" }, [])).toMatchObject({
      code: "nothing-to-revoke",
      hint: expect.stringContaining("show service-a"),
    });
    expect(take({ kind: "service" }, records.slice(3, 4))).toMatchObject({
      hint: `One that was issued, and never seen at its instances is revoked by its serial: /cert revoke ${named("unseen")} <reason>`,
    });
  });

  test("at the end: what was served in place of the approved ones goes too, of what was aimed at, and nothing new", () => {
    const renewed = [
      { instance: "a-1", oldSerial: "aa", newSerial: "a1" },
      { instance: "a-2", oldSerial: "bb", newSerial: "b1" },
    ];
    const settle = (target: Target, serials: string[]) =>
      settledSerials({ target, serials, reason: "superseded", renewal: planFor(aService()) }, renewed);
    expect(settle({ kind: "service" }, ["aa", "99"])).toEqual(["aa", "99", "bb"]);
    expect(settle({ kind: "instance", instance: "a-2" }, ["99"])).toEqual(["99", "bb"]);
    expect(settle({ kind: "serial", serial: "99" }, ["99", "b1"])).toEqual(["99"]);
  });
});
