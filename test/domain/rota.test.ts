import { describe, expect, test } from "vitest";
import { notAmong, whoTheyAre } from "../../bot/domain/approval-policy.ts";
import { onCall, type Rota } from "../../bot/domain/rota.ts";

const weekly: Rota = {
  name: "platform",
  people: ["U0ANA", "U0BEN", "U0CHEN"],
  start: "2026-03-16T09:00",
  timezone: "Europe/Madrid",
  days: 7,
};

describe("a rota", () => {
  test.each([
    ["before it begins nobody is on call", "2026-03-16T07:59:59Z", null],
    ["from its first minute the first one is", "2026-03-16T08:00:00Z", "U0ANA"],
    ["until a week later at the same local time", "2026-03-23T07:59:59Z", "U0ANA"],
    ["when the next one is", "2026-03-23T08:00:00Z", "U0BEN"],
    ["over the change to summer time the hour stays nine in Madrid", "2026-03-30T06:59:59Z", "U0BEN"],
    ["and not an hour later", "2026-03-30T07:00:00Z", "U0CHEN"],
    ["after the last one it begins anew", "2026-04-06T07:00:00Z", "U0ANA"],
    ["also back in winter time", "2026-11-02T08:00:00Z", "U0ANA"],
  ])("%s", (_, at, user) => {
    expect(onCall(weekly, Date.parse(at))).toBe(user);
  });

  test("only whoever is on call may, and the others are told who that is", () => {
    const role = { users: [], groups: [], rotas: [weekly] };
    const now = Date.parse("2026-03-24T12:00:00Z");
    const words = { mayNot: "decide", undone: "decided" };
    expect(notAmong(role, { user: "U0BEN", groups: null, now, words })).toBeNull();
    expect(notAmong(role, { user: "U0CHEN", groups: [], now, words })).toMatchObject({
      code: "not-approver",
      hint: "Ask U0BEN (on call, platform).",
    });
    expect(whoTheyAre(role, 0)).toBe("nobody yet (on call, platform)");
  });
});
