import { describe, expect, test } from "vitest";
import type { IntentionReceipt, IntentionRequest } from "../../bot/domain/intention-request.ts";
import type { CallWhy } from "../../bot/operations/explain-call.ts";
import type { Why } from "../../bot/operations/explain-why.ts";
import { callWhyView } from "../../bot/slack/views/call-why.ts";
import { intentionsView } from "../../bot/slack/views/intentions.ts";
import { outcomeView } from "../../bot/slack/views/outcome.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { whyView } from "../../bot/slack/views/why.ts";
import { callText, intentionsText } from "../../bot/terminal-mesh.ts";
import { anIntention, pair } from "../support/intention-fixtures.ts";
import { aFreeze } from "../support/inventory-fixtures.ts";
import { now, shown, verdict } from "../support/view-fixtures.ts";

const receipt: IntentionReceipt = {
  steps: [
    { name: "requested", at: now, tookMs: 0 },
    { name: "approved", at: now + 5_000, tookMs: 5_000 },
    { name: "written", at: now + 5_100, tookMs: 100 },
    { name: "Consul says so", at: now + 5_120, tookMs: 20 },
    { name: "call refused", at: now + 5_480, tookMs: 360 },
  ],
  allowed: false,
  call: {
    before: { outcome: "answered", why: null },
    after: { outcome: "refused", why: null },
    tried: 4,
    shownAt: now + 5_480,
  },
  notes: [],
  problem: null,
};

const decided = { decidedBy: "U0BEN", decidedAt: now + 5_000 };
const view = (changes: Partial<IntentionRequest> = {}) =>
  requestView(anIntention({ createdAt: now, expiresAt: now + 3_600_000, ...changes }), { now, configured: true });

describe("the message of an intention", () => {
  test("shows before the click who is to call whom, how it stands, and what decides it now", () => {
    const message = view({
      evidence: { allowed: true, ruling: { ...pair, action: "allow" }, call: { outcome: "answered", why: null } },
    });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toMatch(
      /^🔏 Deny service-a → service-b\?: <@U0ANA> asks that service-a may not call service-b/,
    );
    for (const said of ["*Will be*\\n*denied*", "allowed, by `service-a → service-b`", "allow → *deny*", "answered"]) {
      expect(shown(message)).toContain(said);
    }
    expect(shown(message)).toContain('"action_id":"approve_request"');
    expect(shown(message)).toContain('"value":"i-abcd2345"');
  });

  test("becomes the receipt: how soon after the write the call was refused, and every step", () => {
    const message = view({ state: "enforced", ...decided, receipt });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toContain("⛔ service-a → service-b denied: ");
    expect(message.text).toContain("Consul refuses the call, and it is refused, seen 380 ms after the write.");
    expect(shown(message)).toContain("before: answered → now: refused (4 looks)");
    expect(shown(message)).toContain("written 100 ms → Consul says so 20 ms → call refused 360 ms");
    expect(shown(message)).not.toContain("approve_request");
    expect(shown(message)).toContain("/cert trace i-abcd2345");
  });

  test("says when nobody could see the call", () => {
    const message = view({ state: "enforced", ...decided, receipt: { ...receipt, call: null } });
    expect(shown(message)).toContain("Consul refuses the call. No page is known that makes it, so nobody saw it.");
  });

  test.each([
    ["approved", {}, /^⏳ Denying service-a → service-b: Approved by <@U0BEN>/],
    ["denied", {}, /^✋ service-a → service-b stays as it is: Denied by <@U0BEN>.*Nothing was written/],
    [
      "expired",
      { decidedBy: null, decidedAt: null },
      /^⌛ .*Nobody decided before.*Ask again with \/mesh deny service-a service-b/,
    ],
    [
      "not-enforced",
      {},
      /^🚨 service-a → service-b: written, not proven: .*It is late\..*It stays written\. Ask \/mesh why service-a service-b/,
    ],
    ["failed", {}, /^❌ Denying service-a → service-b failed: .*It is late\./],
    [
      "void",
      {},
      /^🚫 service-a → service-b: void: It no longer is what was approved\. – It is late\..*Nothing was written/,
    ],
    ["void", { decidedBy: null, decidedAt: null }, /^🚫 .*It no longer is what was asked for\. – It is late\./],
  ] as const)("%s", (state, more, said) => {
    const problem = ["not-enforced", "failed", "void"].includes(state) ? "It is late." : null;
    const ended = ["approved", "denied", "expired"].includes(state)
      ? null
      : { ...receipt, steps: [], call: null, problem };
    const message = view({ state, ...decided, receipt: ended, ...more });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toMatch(said);
    expect(shown(message)).not.toContain("approve_request");
  });

  test("one that the mesh obeys after all says since when", () => {
    const late = { ...receipt, steps: [], call: null, problem: "It is late.", enforcedLateAt: now };
    const message = view({ state: "not-enforced", ...decided, receipt: late });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toMatch(/written, not proven: .*It is late\..*The mesh does so now, since /);
    expect(message.text).not.toContain("It stays written");
  });

  test("what others wrote stays text, however long", () => {
    const reason = "<!channel> <@U0BEN> `x` ".repeat(20);
    const message = view({
      reason,
      evidence: { allowed: null, ruling: null, call: { outcome: "unknown", why: "<b>" } },
    });
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).not.toContain("<!channel>");
    expect(shown(message)).toContain("❔ Consul does not say");
    expect(shown(message)).toContain("❔ not seen: &lt;b&gt;");
  });
});

const setBy = { request: "i-abcd2345", requester: "U0ANA", reason: "incident 12", approvedBy: "U0BEN", at: now };
const denied: CallWhy = {
  ...pair,
  allowed: false,
  ruling: { ...pair, action: "deny", description: "", setBy },
  call: { outcome: "refused", why: null },
};

const quiet: Why = {
  endpoints: [],
  missing: [],
  schedulerProblem: null,
  frozen: [],
  refusedCalls: [],
  meshProblem: null,
};

describe("why a call does not go through", () => {
  const why = (changes: Partial<CallWhy> = {}) => callWhyView({ ...denied, ...changes, open: null, frozen: [] });

  test("names the intention, who asked for it, who approved it and when", () => {
    const message = why();
    expect(verdict(message)).toBe("taken");
    expect(message.text).toBe("service-a → service-b is denied by the intention service-a → service-b");
    expect(shown(message)).toContain(
      "is denied by the intention `service-a → service-b` (deny), set by `i-abcd2345`: asked by <@U0ANA> (incident 12), approved by <@U0BEN> · <!date^",
    );
    expect(shown(message)).toContain("The call just now: refused.");
    expect(shown(message)).toContain("`/mesh allow service-a service-b &lt;reason&gt;`");
  });

  test.each([
    [{ ruling: { ...pair, action: "deny", description: "", setBy: null } }, "set from a file or by hand."],
    [{ ruling: { ...pair, action: "deny", description: "by <@U0EVE>", setBy: null } }, "by hand: by &lt;@U0EVE&gt;."],
    [
      { ruling: { source: "*", destination: "service-b", action: "deny", description: "", setBy: null } },
      "by the intention `* → service-b`",
    ],
    [{ ruling: null }, "by Consul's default: no intention matches it"],
    [{ call: { outcome: "answered", why: null } }, "The sidecars have not heard of it"],
    [{ allowed: true }, "Consul lets it through, so look at the sidecars"],
    [{ call: { outcome: "unknown", why: "its page is gone." } }, "The call just now: ❔ not seen: its page is gone."],
  ] as [Partial<CallWhy>, string][])("%j", (changes, said) => {
    expect(verdict(why(changes))).toBe("taken");
    expect(shown(why(changes))).toContain(said);
  });

  test("what is open on it, and a freeze that stops it, are told", () => {
    const message = callWhyView({ ...denied, open: anIntention(), frozen: [aFreeze("service-a")] });
    expect(shown(message)).toContain("🔏 `i-abcd2345` asks to deny it: it waits for a decision.");
    expect(shown(message)).toContain("frozen by");
  });

  test("stands in /cert why of either service, which is then not well; so does that Consul could not be asked", () => {
    const told = whyView("service-a", { ...quiet, refusedCalls: [denied] }, now);
    expect(told.text).toContain(
      "service-a answers, and calls in the mesh fail: 0 endpoints of 0 failing. service-a → service-b is denied by the intention service-a → service-b",
    );
    expect(shown(told)).toContain("*In the mesh*\\n⛔ *service-a → service-b* is denied by the intention");
    const silent = whyView("service-a", { ...quiet, meshProblem: "Consul is away." }, now);
    expect(shown(silent)).toContain("❔ Calls in the mesh are not known: Consul is away.");
  });
});

describe("the list", () => {
  const list = {
    intentions: [denied.ruling, { source: "*", destination: "*", action: "permissions", description: "", setBy: null }],
    otherwise: false,
    open: [anIntention()],
    frozen: [],
  } as Parameters<typeof intentionsView>[0];

  test("has who may call whom and who decided it, what is left, and what is open", () => {
    const message = intentionsView(list);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain("⛔ `service-a → service-b`  *deny* · set by `i-abcd2345`: asked by <@U0ANA>");
    expect(shown(message)).toContain("🔀 `* → *`  *permissions* · set from a file or by hand");
    expect(shown(message)).toContain("Every other call is *denied*: Consul's default.");
    expect(shown(message)).toContain("🔏 `i-abcd2345` asks for service-a → service-b to be denied");
  });

  test("of a large mesh is as long as Slack takes, and says what is left out", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ ...denied.ruling, source: `service-${index}` }));
    const message = intentionsView({ ...list, intentions: many as typeof list.intentions });
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toMatch(/…and \d+ more/);
  });

  test("of an empty mesh says so", () => {
    const message = intentionsView({ intentions: [], otherwise: true, open: [], frozen: [] });
    expect(shown(message)).toContain("There is no intention.");
    expect(shown(message)).toContain("Every other call is *allowed*");
  });

  test("reads in a terminal, as does the reason of one call", () => {
    const plain = (_: string, text: string) => text;
    expect(intentionsText(list, plain)).toBe(
      [
        "deny         service-a → service-b  set by i-abcd2345: asked by U0ANA, approved by U0BEN at 2026-11-22T09:00:00.000Z",
        "permissions  * → *                  set from a file or by hand",
        "every other call is denied: Consul's default",
        "i-abcd2345 asks for service-a → service-b to be denied",
      ].join("\n"),
    );
    expect(callText({ ...denied, ruling: null }, plain)).toBe(
      "service-a → service-b  denied by Consul's default: no intention matches it\n  the call just now: refused",
    );
  });
});

test("/mesh help names every command of the mesh, and where the freeze is", () => {
  const asked = { args: [], page: 0, now, channel: "C0CERTS" };
  const message = outcomeView(
    { kind: "help", command: "/mesh", unknown: { typed: "dney", meant: "/mesh deny" } },
    asked,
  );
  expect(verdict(message)).toBe("taken");
  for (const verb of ["intentions", "allow", "deny", "why"]) expect(shown(message)).toContain(`\`/mesh ${verb}`);
  expect(shown(message)).toContain("Did you mean `/mesh deny`?");
  expect(shown(message)).toContain("A freeze of everything, or of either service, stops intentions too");
});
