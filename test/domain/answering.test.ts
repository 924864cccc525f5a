import { describe, expect, test } from "vitest";
import { parseQuery } from "../../bot/domain/query.ts";
import { answer, asked, bNames, condition, leaves, named, now } from "../support/answer-fixtures.ts";
import { aFreeze, aLookSince, aRecord } from "../support/inventory-fixtures.ts";

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
    expect(asked(`serial ${text}`, { records: [one] })).toMatchObject({ code: "not-found" });
  });

  test("of too few bytes is refused", () => {
    expect(parseQuery(["serial", "39:df…7d:2e"])).toMatchObject({ code: "bad-serial" });
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
    expect(asked(question)).toMatchObject({ refused: true, code: "not-found", hint });
  });
});
