import { describe, expect, test } from "vitest";
import { freeze, holdForCase, releaseHold, thaw } from "../../bot/operations/freeze.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import { aCommit, approve, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

describe("freeze and thaw", () => {
  test("a freeze wants a reason, and only one stands", async () => {
    const needs = { ...(await aStore()), clock: () => t0 };
    expect(await freeze(needs, { scope: "*", user: "U0ANA", reason: " " })).toMatchObject({ code: "reason-missing" });
    expect(await freeze(needs, { scope: "*", user: "U0ANA", reason: "audit" })).toMatchObject({ by: "U0ANA" });
    expect(await freeze(needs, { scope: "*", user: "U0BEN", reason: "me too" })).toMatchObject({
      code: "already-frozen",
      message: "All services are already frozen by U0ANA: audit",
    });
    expect(await thaw(needs, { scope: "*", user: "U0BEN" })).toMatchObject({ by: "U0ANA", reason: "audit" });
    expect((await needs.audit.about("*")).map(({ action, actor }) => [action, actor])).toEqual([
      ["freeze", "U0ANA"],
      ["thaw", "U0BEN"],
    ]);
  });

  test("a thaw of what is not frozen says what stands in the way instead", async () => {
    const needs = { ...(await aStore()), clock: () => t0 };
    expect(await thaw(needs, { scope: "service-a", user: "U0BEN" })).toMatchObject({
      code: "not-frozen",
      hint: "Nothing to do.",
    });
    await freeze(needs, { scope: "*", user: "U0ANA", reason: "audit" });
    expect(await thaw(needs, { scope: "service-a", user: "U0BEN" })).toMatchObject({
      code: "not-frozen",
      hint: "What stands in the way: All services are frozen by U0ANA: audit",
    });
  });

  test("a case does not start while a renewal runs, nor a renewal while a case does", async () => {
    const store = await aStore();
    const needs = { ...store, clock: () => t0 };
    const inventory = { observations: async () => [], certificate: async () => null };
    const wanted = { service: aService(), requester: "U0ANA", reason: "" };
    const propose = () => proposeRenewal({ ...needs, inventory, newId: () => "r-next2222" }, wanted);
    const held = { service: "service-a", user: "lab", reason: "case expired-a" };
    await approve(store);
    expect(await holdForCase(needs, held)).toMatchObject({
      code: "renewing",
      message: "service-a is being renewed (r-abcd2345).",
    });
    await store.jobs.claim("bot", t0, 1_000);
    await store.jobs.finish("r-abcd2345", "bot", { state: "failed", receipt: null }, aCommit("failed"));

    expect(await holdForCase(needs, held)).toMatchObject({ by: "lab" });
    expect(await holdForCase(needs, held)).toMatchObject({ code: "already-held" });
    expect(await propose()).toMatchObject({
      code: "frozen",
      message: "service-a is held by lab: case expired-a",
    });
    expect(await releaseHold(needs, { scope: "service-a", user: "lab" })).toBe(true);
    expect(await propose()).toMatchObject({ id: "r-next2222" });
  });
});
