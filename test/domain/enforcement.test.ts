import { describe, expect, test } from "vitest";
import {
  called,
  checked,
  intentionLimits,
  intentionReceipt,
  isEnforced,
  nothingSeen,
  type Sightings,
  whyNotEnforced,
} from "../../bot/domain/enforcement.ts";
import type { CallSeen } from "../../bot/domain/mesh.ts";
import { anIntention, pair } from "../support/intention-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const answered: CallSeen = { outcome: "answered", why: null };
const refused: CallSeen = { outcome: "refused", why: null };
const unseen: CallSeen = { outcome: "unknown", why: "the page is gone." };

describe("whether the mesh does as it was told", () => {
  test("Consul's word is enough only where the call cannot be seen", () => {
    const agreed = checked(nothingSeen, "deny", false, 5);
    expect(isEnforced(agreed, false)).toBe(true);
    expect(isEnforced(agreed, true)).toBe(false);
    expect(isEnforced(called(agreed, "deny", refused, 7), true)).toBe(true);
    expect(isEnforced(called(nothingSeen, "deny", refused, 7), true)).toBe(false);
  });

  test.each([
    ["deny", answered],
    ["deny", unseen],
    ["allow", refused],
    ["allow", unseen],
  ] as const)("to %s is not shown by %j", (action, call) => {
    const agreed = checked(nothingSeen, action, action === "allow", 5);
    expect(isEnforced(called(agreed, action, call, 7), true)).toBe(false);
  });

  test("it counts from when it first was so, and from anew after it was not", () => {
    const twice = called(called(nothingSeen, "deny", refused, 5), "deny", refused, 9);
    expect(twice).toMatchObject({ shownAt: 5, tried: 2 });
    const again = called(called(twice, "deny", answered, 11), "deny", refused, 13);
    expect(again).toMatchObject({ shownAt: 13, tried: 4 });
    const silent = checked(checked(nothingSeen, "allow", true, 5), "allow", null, 6);
    expect(silent).toMatchObject({ allowed: null, agreedAt: null });
    expect(checked(silent, "allow", true, 8)).toMatchObject({ agreedAt: 8 });
  });
});

describe("why it does not", () => {
  const why = (seen: Partial<Sightings>, action: "allow" | "deny" = "deny") =>
    whyNotEnforced({ plan: { ...pair, action, before: null } }, { ...nothingSeen, ...seen }, intentionLimits);

  test.each([
    [why({}), "Consul has not said whether it lets service-a → service-b through."],
    [why({ allowed: true }), "Consul still allows service-a → service-b: somebody else may have changed it."],
    [why({ allowed: false }, "allow"), "Consul still denies service-a → service-b: somebody else may have changed it."],
    [why({ allowed: false, agreedAt: 1, after: unseen }), "nobody could see what comes of the call: the page is gone."],
    [why({ allowed: false, agreedAt: 1, after: answered }), "the call is still answered: see whether the sidecars"],
    [
      why({ allowed: true, agreedAt: 1, after: refused }, "allow"),
      "the call is still refused: see whether the sidecars and service-b",
    ],
  ])("%s", (said, expected) => {
    expect(said).toContain(`Written, yet after 10 s ${expected}`);
  });
});

describe("the receipt", () => {
  const request = anIntention({ createdAt: t0, decidedAt: t0 + 2_000 });
  const seen: Sightings = {
    allowed: false,
    agreedAt: t0 + 2_200,
    before: answered,
    after: refused,
    shownAt: t0 + 2_150,
    tried: 3,
  };

  test("has the steps in the order in which they were seen, each with what it took", () => {
    const enforcement = { startedAt: t0 + 2_050, resumedAt: [], writtenAt: t0 + 2_100 };
    expect(intentionReceipt({ request, enforcement, seen, problem: null })).toEqual({
      steps: [
        { name: "requested", at: t0, tookMs: 0 },
        { name: "approved", at: t0 + 2_000, tookMs: 2_000 },
        { name: "written", at: t0 + 2_100, tookMs: 100 },
        { name: "call refused", at: t0 + 2_150, tookMs: 50 },
        { name: "Consul says so", at: t0 + 2_200, tookMs: 50 },
      ],
      allowed: false,
      call: { before: answered, after: refused, tried: 3, shownAt: t0 + 2_150 },
      notes: [],
      problem: null,
    });
  });

  test("of one that was never written ends with the approval", () => {
    const enforcement = { startedAt: t0 + 2_050, resumedAt: [], writtenAt: null };
    const { steps } = intentionReceipt({ request, enforcement, seen: nothingSeen, problem: "Consul is away." });
    expect(steps.map(({ name }) => name)).toEqual(["requested", "approved"]);
  });

  test("says what a reader has to know", () => {
    const enforcement = { startedAt: t0, resumedAt: [t0, t0], writtenAt: t0 + 2_100 };
    expect(intentionReceipt({ request, enforcement, seen: { ...seen, before: refused }, problem: null }).notes).toEqual(
      [
        "The bot was restarted 2 times meanwhile; while it was down it saw nothing.",
        "The call was refused before the write already: that it is now shows nothing new.",
      ],
    );
  });
});
