import { describe, expect, test } from "vitest";
import type { Facts } from "../../bot/domain/answer.ts";
import { handshakeProblem } from "../../bot/domain/handshake.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { answer, condition, day, leaves, named, now } from "../support/answer-fixtures.ts";
import { aLookSince, aRecord } from "../support/inventory-fixtures.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

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

  test("of one that certops revoked: by which request and why, though it is served and verifies", () => {
    const revoked = new Map([[leaves.a1.serial, { request: "v-abcd2345", reason: "key-compromise", at: now - 9_000 }]]);
    expect(ready("show a-1", { revoked })).toMatchObject({
      status: "False",
      reason: "Revoked",
      message: "It was revoked by v-abcd2345: key-compromise.",
      lastTransition: now - 9_000,
    });
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
