import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { freeze, holdForCase, releaseHold, thaw } from "../../bot/operations/freeze.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import { aCommit, approve, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const deciding = {
  services: new Map([["service-a", aService()]]),
  groupsOf: async (user: string) => (user === "U0BEN" ? ["S0PLATFORM"] : []),
};

describe("freeze and thaw", () => {
  test("a freeze wants a reason, and only one stands", async () => {
    const needs = { ...(await aStore()), ...deciding, clock: () => t0 };
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
    const needs = { ...(await aStore()), ...deciding, clock: () => t0 };
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

  test.each(["service-a", "*"])(
    "%s is frozen by anybody, and thawed by who may approve there, or an operator",
    async (scope) => {
      const needs = { ...(await aStore()), ...deciding, clock: () => t0 };
      const thawBy = (user: string, more: Partial<typeof needs> = {}) => thaw({ ...needs, ...more }, { scope, user });
      for (const allowed of ["U0BEN", "operator:root"]) {
        expect(await freeze(needs, { scope, user: "U0DANA", reason: "smoke" })).toMatchObject({ by: "U0DANA" });
        expect(await thawBy("U0DANA")).toEqual({
          refused: true,
          code: "not-approver",
          message: "You may not thaw service-a.",
          hint: "Ask a member of S0PLATFORM.",
        });
        expect(await thawBy("U0BEN", { groupsOf: () => Promise.reject(new Error("Slack is away")) })).toMatchObject({
          code: "directory-unavailable",
        });
        expect(await needs.freezes.all()).toHaveLength(1);
        expect(await thawBy(allowed)).toMatchObject({ by: "U0DANA" });
      }
    },
  );

  test("everything is thawed only by who may approve every service", async () => {
    const other = aService({ name: "service-b", approval: byRole("chen", { users: ["U0CHEN"], deadlineMs: 1 }) });
    const services = new Map([...deciding.services, [other.name, other]]);
    const needs = { ...(await aStore()), ...deciding, services, clock: () => t0 };
    await freeze(needs, { scope: "*", user: "U0DANA", reason: "smoke" });
    expect(await thaw(needs, { scope: "*", user: "U0BEN" })).toMatchObject({ message: "You may not thaw service-b." });
    // By name for one of them, and by a group for the other.
    const platform = { ...needs, groupsOf: async () => ["S0PLATFORM"] };
    expect(await thaw(platform, { scope: "*", user: "U0CHEN" })).toMatchObject({ by: "U0DANA" });
  });

  test("a case does not start while a renewal runs, nor a renewal while a case does", async () => {
    const store = await aStore();
    const needs = { ...store, clock: () => t0 };
    const inventory = { observations: async () => [], certificate: async () => null };
    const wanted = { service: aService(), requester: "U0ANA", reason: "" };
    const propose = () =>
      proposeRenewal({ ...needs, groupsOf: async () => [], inventory, newId: () => "r-next2222" }, wanted);
    const held = { service: "service-a", user: "lab", reason: "case expired-a" };
    await approve(store);
    expect(await holdForCase(needs, held)).toMatchObject({
      code: "busy",
      message: "r-abcd2345 renews service-a right now.",
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
