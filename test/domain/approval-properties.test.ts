import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  approversNeeded,
  deciders,
  type Ground,
  objection,
  timeTurn,
  turnBy,
  type Turn,
  type Verdict,
} from "../../bot/domain/approval.ts";
import { type ApprovalPolicy, byRole, notAmong } from "../../bot/domain/approval-policy.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

const people = ["U0ANA", "U0BEN", "U0CHEN", "U0DANA", "U0EVE"] as const;
const minute = 60_000;

const policies: fc.Arbitrary<ApprovalPolicy> = fc
  .record({
    needed: fc.integer({ min: 1, max: 3 }),
    requesterCounts: fc.boolean(),
    remindMs: fc.option(fc.constant(10 * minute)),
    stages: fc.integer({ min: 0, max: 2 }),
    glass: fc.boolean(),
  })
  .map(({ stages, glass, ...rest }) => ({
    ...byRole("any", { groups: ["S0PLATFORM"], deadlineMs: 60 * minute }),
    ...rest,
    escalation: [
      { users: ["U0DANA"], groups: [], rotas: [], deadlineMs: 30 * minute },
      { users: [], groups: ["S0LEADS"], rotas: [], deadlineMs: 30 * minute },
    ].slice(0, stages),
    breakGlass: glass ? { users: ["U0EVE"], groups: [], rotas: [] } : null,
  }));

/** What one person, or the clock, sets out to do: it reads, and some time later writes what it made of that. */
type Step =
  | { do: "read"; actor: number; user: string; verdict: Verdict; reason: string }
  | { do: "clock"; actor: number }
  | { do: "write"; actor: number }
  | { do: "time"; ms: number }
  | { do: "membership"; group: string; user: string; isIn: boolean }
  | { do: "freeze"; on: boolean };

const actor = fc.integer({ min: 0, max: 2 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record<Extract<Step, { do: "read" }>>({
        do: fc.constant("read"),
        actor,
        user: fc.constantFrom(...people),
        verdict: fc.constantFrom<Verdict>("approve", "approve", "approve", "deny", "withdraw", "break-glass"),
        reason: fc.constantFrom("", "because", "because", " "),
      }),
    },
    { weight: 14, arbitrary: fc.record<Extract<Step, { do: "write" }>>({ do: fc.constant("write"), actor }) },
    { weight: 1, arbitrary: fc.record<Extract<Step, { do: "clock" }>>({ do: fc.constant("clock"), actor }) },
    // Clocks jump, also back.
    {
      weight: 1,
      arbitrary: fc.record<Extract<Step, { do: "time" }>>({
        do: fc.constant("time"),
        ms: fc.constantFrom(minute, 25 * minute, 61 * minute, 300 * minute, -120 * minute),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record<Extract<Step, { do: "membership" }>>({
        do: fc.constant("membership"),
        group: fc.constantFrom("S0PLATFORM", "S0LEADS"),
        user: fc.constantFrom(...people),
        isIn: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record<Extract<Step, { do: "freeze" }>>({
        do: fc.constant("freeze"),
        on: fc.constantFrom(true, false, false),
      }),
    },
  ),
  { minLength: 5, maxLength: 60, size: "max" },
);

interface Row {
  at: number;
  actor: string;
  turn: Turn;
  /** Whether this person was among those who may, by what stood when they were read. */
  entitled: boolean;
}

/** The machine over a row that is written by compare-and-set, as the store writes it; every written turn is an audit row. */
function play(policy: ApprovalPolicy, plan: Step[]) {
  let request: RenewalRequest = { ...aRequest(), approval: policy, expiresAt: t0 + policy.deadlineMs };
  let now = t0;
  let frozen = false;
  let jobs = 0;
  const groups: Record<string, Set<string>> = { S0PLATFORM: new Set(["U0BEN", "U0CHEN"]), S0LEADS: new Set(["U0EVE"]) };
  const audit: Row[] = [];
  const hands = new Map<number, { turn: Turn; version: number; actor: string; entitled: boolean }>();

  for (const step of plan) {
    switch (step.do) {
      case "time":
        now += step.ms;
        break;
      case "freeze":
        frozen = step.on;
        break;
      case "membership":
        groups[step.group]?.[step.isIn ? "add" : "delete"](step.user);
        break;
      case "clock": {
        const turn = timeTurn(request, now);
        if (turn) hands.set(step.actor, { turn, version: request.version, actor: "certops", entitled: true });
        break;
      }
      case "read": {
        hands.delete(step.actor);
        if (request.state !== "pending") break;
        const { user, verdict, reason } = step;
        const memberOf = Object.keys(groups).filter((group) => groups[group]?.has(user));
        const freezes = frozen ? [{ scope: "*", by: "U0ANA", reason: "", at: t0, until: null }] : [];
        const ground: Ground = { request, configured: true, user, verdict, reason, groups: memberOf, freezes, now };
        if (objection(ground)) break;
        const words = { mayNot: "", undone: "" };
        const may = { user, groups: memberOf, now, words };
        const among = verdict === "break-glass" ? policy.breakGlass : deciders(request);
        const entitled = verdict === "withdraw" ? user === request.requester : among !== null && !notAmong(among, may);
        hands.set(step.actor, { turn: turnBy(ground), version: request.version, actor: user, entitled });
        break;
      }
      case "write": {
        const hand = hands.get(step.actor);
        hands.delete(step.actor);
        if (!hand || request.state !== "pending" || hand.version !== request.version) break;
        if (hand.turn.effect && frozen) break;
        request = { ...request, ...hand.turn.change, version: request.version + 1 };
        audit.push({ at: now, actor: hand.actor, turn: hand.turn, entitled: hand.entitled });
        if (hand.turn.effect) jobs += 1;
      }
    }
  }
  return { request, audit, jobs };
}

/** The state as somebody would have it who reads the audit log alone. */
function retold(audit: Row[]) {
  return audit.reduce(
    (told, { actor: who, turn }) => {
      switch (turn.news) {
        case "approved-in-part":
          return { ...told, approvers: [...told.approvers, who] };
        case "approved":
          return {
            ...told,
            state: "approved",
            approvers: [...told.approvers.filter((one) => one !== who), who],
            by: who,
          };
        case "denied":
        case "withdrawn":
          return { ...told, state: turn.news, by: who };
        case "expired":
          return { ...told, state: "expired" };
        case "escalated":
          return { ...told, stage: told.stage + 1 };
        case "reminded":
          return told;
      }
    },
    { state: "pending", approvers: [] as string[], by: null as string | null, stage: 0 },
  );
}

/** What of an effect is not as its policy wants it. */
function wrongIn(policy: ApprovalPolicy, request: RenewalRequest): string[] {
  const { approvals, decidedBy, decidedWhy, requester, review } = request;
  const users = approvals.map(({ user }) => user);
  const wrong = {
    "nobody who may broke the glass": review !== null && !policy.breakGlass?.users.includes(decidedBy ?? ""),
    "the glass was broken without a reason": review !== null && !decidedWhy?.trim(),
    "one person counts twice": new Set(users).size !== users.length,
    "not as many as it takes": review === null && users.length !== approversNeeded(request),
    "who asked counts": review === null && !policy.requesterCounts && users.includes(requester),
  };
  return Object.entries(wrong).flatMap(([what, so]) => (so ? [what] : []));
}

const check = (property: (policy: ApprovalPolicy, plan: Step[]) => void) =>
  fc.assert(fc.property(policies, steps, property), { numRuns: 2_000 });

describe("an approval, whatever the order", () => {
  test("has its effect once at most, and only in the state that says so", () => {
    check((policy, plan) => {
      const { request, jobs } = play(policy, plan);
      expect(jobs).toBe(request.state === "approved" ? 1 : 0);
    });
  });

  test("never takes effect without enough different people who may, but by break-glass with its reason", () => {
    let effects = 0;
    check((policy, plan) => {
      const { request, audit, jobs } = play(policy, plan);
      expect(audit.every(({ entitled }) => entitled)).toBe(true);
      effects += jobs;
      expect(jobs === 0 ? [] : wrongIn(policy, request)).toEqual([]);
    });
    expect(effects).toBeGreaterThan(100);
  });

  test("is explained by its audit log alone, from the first row to the state it is in", () => {
    check((policy, plan) => {
      const { request, audit } = play(policy, plan);
      expect(retold(audit)).toEqual({
        state: request.state,
        approvers: request.approvals.map(({ user }) => user),
        by: request.decidedBy,
        stage: request.stage,
      });
      expect(audit).toHaveLength(request.version);
      for (const { turn } of audit.filter(({ turn: one }) => one.effect)) {
        expect(turn.detail).toMatchObject({ planHash: request.planHash });
      }
    });
  });

  test("once ended nothing more is made of it, by people or by time", () => {
    check((policy, plan) => {
      const { request } = play(policy, plan);
      if (request.state === "pending") return;
      expect(timeTurn(request, request.expiresAt + 365 * 86_400_000)).toBeNull();
    });
  });

  test("a deadline that has passed is never decided after, however late the clock's own loop is", () => {
    check((policy, plan) => {
      const { request } = play(policy, plan);
      const ground: Ground = {
        request: { ...request, state: "pending" },
        configured: true,
        user: "U0BEN",
        verdict: "approve",
        reason: "",
        groups: ["S0PLATFORM"],
        freezes: [],
        now: request.expiresAt,
      };
      expect(isRefusal(objection(ground))).toBe(true);
    });
  });
});

test("who approved, and then breaks the glass because the others do not come, stands there once", () => {
  const approval = {
    ...byRole("any", { users: ["U0BEN", "U0EVE"], deadlineMs: minute }),
    needed: 3,
    breakGlass: { users: ["U0EVE"], groups: [], rotas: [] },
  };
  const approvals = [
    { user: "U0EVE", at: t0 },
    { user: "U0BEN", at: t0 + 1 },
  ];
  const request = { ...aRequest(), approval, approvals };
  const ground: Ground = {
    request,
    configured: true,
    user: "U0EVE",
    verdict: "break-glass",
    reason: "it burns",
    groups: [],
    freezes: [],
    now: t0 + 2,
  };
  expect(objection(ground)).toBeNull();
  expect(turnBy(ground).change.approvals).toEqual([
    { user: "U0BEN", at: t0 + 1 },
    { user: "U0EVE", at: t0 + 2, alone: true },
  ]);
});
