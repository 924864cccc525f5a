import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { reviewBy, reviewersOf } from "../../bot/domain/review.ts";
import { requestCallView } from "../../bot/slack/views/request-call.ts";
import { exceptionBlocks } from "../../bot/slack/views/standing-of.ts";
import { aRequest, t0 } from "../support/renewal-fixtures.ts";

const askedFor = { by: null, at: null, verdict: null, note: "", askedAt: t0 };
const rota = { name: "weekly", people: ["U0ANA", "U0BEN"], start: "2020-01-06T09:00", timezone: "UTC", days: 36_500 };

/** Ana asked for it, and Dana let it through. */
const broken = (people: Partial<Parameters<typeof byRole>[1]>, changes = {}) =>
  aRequest({
    state: "approved",
    requester: "U0ANA",
    decidedBy: "U0DANA",
    decidedWhy: "it burns",
    review: askedFor,
    approval: byRole("any", { deadlineMs: 60_000, ...people }),
    ...changes,
  });
const review = (request: ReturnType<typeof broken>, user: string, groups: string[] = []) =>
  reviewBy({ request, user, verdict: "justified", note: "it did", groups, now: t0 });

describe("a break-glass is reviewed", () => {
  test.each([
    ["a third person", { users: ["U0ANA", "U0DANA", "U0CHEN"] }],
    ["a group", { users: ["U0ANA", "U0DANA"], groups: ["S0PLATFORM"] }],
    ["a rota that others are on too", { users: ["U0DANA"], rotas: [rota] }],
  ])("by neither of the two whose doing it was, where the policy has %s", (_, people) => {
    const request = broken(people);
    expect(review(request, "U0DANA", ["S0PLATFORM"])).toMatchObject({
      code: "own-review",
      message: "You let r-abcd2345 through yourself.",
    });
    expect(review(request, "U0ANA", ["S0PLATFORM"])).toMatchObject({
      code: "own-review",
      message: "You asked for r-abcd2345 yourself.",
    });
  });

  test("by the third, as ever", () => {
    const found = review(broken({ users: ["U0ANA", "U0CHEN"] }), "U0CHEN");
    expect(found).toEqual({ ...askedFor, by: "U0CHEN", at: t0, verdict: "justified", note: "it did" });
  });

  test("by who asked, where there are only those two, and says so; not by who let it through", () => {
    const request = broken({ users: ["U0ANA", "U0DANA"] });
    expect(review(request, "U0DANA")).toMatchObject({ code: "own-review" });
    const found = review(request, "U0ANA");
    expect(found).toMatchObject({ by: "U0ANA", nobodyElse: true });
    const after = { ...request, review: found as typeof askedFor };
    expect(JSON.stringify(exceptionBlocks(after))).toContain("its policy has nobody else");
    expect(requestCallView({ type: "request-call", call: "reviewed", request: request.id }, after, t0).text).toContain(
      "its policy has nobody else",
    );
  });

  test("by who let through what they had asked for themselves, where the policy names nobody but them", () => {
    const request = broken({ users: ["U0DANA"] }, { requester: "U0DANA" });
    expect(review(request, "U0DANA")).toMatchObject({ by: "U0DANA", nobodyElse: true });
    expect(review(request, "U0EVE")).toMatchObject({ code: "not-approver" });
  });

  test("and those are called to it who may", () => {
    expect(reviewersOf(broken({ users: ["U0ANA", "U0DANA", "U0CHEN"] })).people.users).toEqual(["U0CHEN"]);
    const call = { type: "request-call", call: "review-due", request: "r-abcd2345" } as const;
    expect(requestCallView(call, broken({ users: ["U0ANA", "U0DANA", "U0CHEN"] }), t0).text).not.toContain("U0ANA");
  });
});
