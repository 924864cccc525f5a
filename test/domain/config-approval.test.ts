import { describe, expect, test } from "vitest";
import { approvalBy, checkApproval, checkPolicies } from "../../bot/config-approval.ts";
import { type ConfigFile, configSchema } from "../../bot/config-schema.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";

const roles = {
  approver: { users: ["U0ANA"], groups: ["S0PLATFORM"] },
  pair: { users: ["U0BEN", "U0CHEN"], groups: [] },
  "on-call": { users: [], groups: [], rotas: ["nights"] },
};
const rotas = {
  nights: { people: ["U0BEN", "U0CHEN"], start: "2026-11-02T09:00", timezone: "Europe/Madrid", turn: "7d" },
};
const minute = 60_000;

/** The parts of a certops.yaml that say who decides. */
function parsed(policies: Record<string, unknown>, changes: Record<string, object> = {}) {
  const { shape } = configSchema;
  const given = { roles, rotas, ...changes };
  return {
    roles: shape.roles.parse(given.roles),
    rotas: shape.rotas.parse(given.rotas),
    policies: shape.policies.parse(policies),
    expiring: shape.expiring.parse({ within: "30d", notices: ["10%"], ...changes.expiring }),
  } as ConfigFile;
}

describe("a policy", () => {
  test("says who asks, who decides, how many and what each deadline brings", () => {
    const file = parsed({
      production: {
        ask: "pair",
        approve: "approver",
        approvers: 2,
        requesterCounts: true,
        deadline: "1h",
        remind: "10m",
        escalate: [{ role: "on-call", deadline: "30m" }],
        valid: "12h",
        breakGlass: "pair",
        standing: { longest: "90d", unasked: true },
      },
    });
    expect(checkPolicies(file)).toEqual([]);
    const rota = {
      name: "nights",
      people: ["U0BEN", "U0CHEN"],
      start: "2026-11-02T09:00",
      timezone: "Europe/Madrid",
      days: 7,
    };
    const pair = { users: ["U0BEN", "U0CHEN"], groups: [], rotas: [] };
    expect(approvalBy(file, { policy: "production" })).toEqual({
      name: "production",
      users: ["U0ANA"],
      groups: ["S0PLATFORM"],
      rotas: [],
      askers: pair,
      needed: 2,
      requesterCounts: true,
      deadlineMs: 60 * minute,
      remindMs: 10 * minute,
      escalation: [{ users: [], groups: [], rotas: [rota], deadlineMs: 30 * minute }],
      validMs: 720 * minute,
      breakGlass: pair,
      standing: { longestMs: 90 * 1_440 * minute, unasked: true },
    });
  });

  test("begins by itself only where there is a threshold to begin at", () => {
    const standing = { approve: "approver", deadline: "1h", standing: { longest: "90d", unasked: true } };
    expect(checkPolicies(parsed({ production: standing }, { expiring: { notices: [] } }))).toMatchObject([
      { path: ["policies", "production", "standing", "unasked"] },
    ]);
  });

  test("left short is one role within one deadline, as the short form is", () => {
    const file = parsed({ plain: { approve: "approver", deadline: "1h" } });
    const short = byRole("approver", { users: ["U0ANA"], groups: ["S0PLATFORM"], deadlineMs: 60 * minute });
    expect(approvalBy(file, { policy: "plain" })).toEqual({ ...short, name: "plain" });
    expect(approvalBy(file, { role: "approver", deadline: 60 * minute })).toEqual(short);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["an unknown role", { approve: "aprover", deadline: "1h" }, "no role aprover under roles: did you mean approver?"],
    [
      "an unknown role to escalate to",
      { approve: "approver", deadline: "1h", escalate: [{ role: "lead", deadline: "1h" }] },
      "no role lead under roles: roles has approver, pair, on-call",
    ],
    [
      "a reminder that is no earlier than the deadline",
      { approve: "approver", deadline: "1h", remind: "30m", escalate: [{ role: "pair", deadline: "30m" }] },
      "it is before each deadline, expected less than the shortest: 30 m",
    ],
    [
      "more approvers than there are",
      { approve: "pair", approvers: 3, deadline: "1h" },
      "it takes 3, and there are 2 who may approve",
    ],
  ])("with %s is told", (_, policy, sentence) => {
    expect(checkPolicies(parsed({ odd: policy }))).toMatchObject([{ sentence }]);
  });

  test("takes as many approvers as nobody can count where a group or a rota is among them", () => {
    expect(checkPolicies(parsed({ many: { approve: "approver", approvers: 5, deadline: "1h" } }))).toEqual([]);
    expect(checkPolicies(parsed({ calls: { approve: "on-call", approvers: 2, deadline: "1h" } }))).toEqual([]);
  });

  test.each([
    ["a rota that is not there", { roles: { ...roles, "on-call": { users: [], groups: [], rotas: ["nigths"] } } }],
  ])("a role with %s is told", (_, changes) => {
    expect(checkPolicies(parsed({}, changes))).toMatchObject([
      { path: ["roles", "on-call", "rotas", 0], sentence: "no rota nigths under rotas: did you mean nights?" },
    ]);
  });

  test.each([
    ["start", "2026-11-02", /the local time/],
    ["start", "2026-13-02T09:00", /a day that there is/],
    ["timezone", "Europe/Nowhere", /a time zone/],
    ["turn", "12h", /whole days/],
    ["people", [], /at least one person/],
  ])("a rota whose %s is %j is told", (key, value, expected) => {
    expect(() => parsed({}, { rotas: { nights: { ...rotas.nights, [key]: value } } })).toThrow(expected);
  });
});

describe("who decides for a service", () => {
  const file = parsed({ production: { approve: "approver", deadline: "1h" } });
  const at = ["services", "service-a", "approval"];

  test.each([
    [{ policy: "production" }, []],
    [{ role: "approver", deadline: 1 }, []],
    [{ policy: "prodution" }, ["no policy prodution under policies: did you mean production?"]],
    [{ policy: "production", role: "approver" }, ["expected either a policy, or a role and a deadline"]],
    [{ role: "approver" }, ["expected a role and a deadline, or a policy"]],
    [{}, ["expected a role and a deadline, or a policy"]],
    [{ role: "aprover", deadline: 1 }, ["no role aprover under roles: did you mean approver?"]],
  ])("%j: %j", (approval, sentences) => {
    expect(checkApproval(file, approval, at).map(({ sentence }) => sentence)).toEqual(sentences);
  });
});
