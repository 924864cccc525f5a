import { describe, expect, test } from "vitest";
import {
  type FirewallPlan,
  type FirewallRequest,
  newFirewallReceipt,
} from "../../bot/domain/firewall/firewall-request.ts";
import type { PacketCheck } from "../../bot/domain/firewall/packet.ts";
import { riskOf } from "../../bot/domain/firewall/risk.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { addresses, aFirewallPolicy, aFirewallRequest, aRule, toOpen } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { shown, verdict } from "../support/view-fixtures.ts";

const decided = { decidedBy: "U0BEN", decidedAt: t0 + 5_000 };
const view = (changes: Partial<FirewallRequest> = {}) =>
  requestView(aFirewallRequest(changes), { now: t0, configured: true });

const terraform = `
Terraform used the selected providers to generate the following execution plan.

  # terraform_data.ruleset must be replaced
-/+ resource "terraform_data" "ruleset" {
          ~ rules    = {
              + f-abcd2345 = "tcp from service-a to service-b port 8443"
            }
    }

Plan: 1 to add, 0 to change, 1 to destroy.
`;

const path = { zone: "application", address: "10.81.3.2", port: 8443 };
const silent = { outcome: "silent", why: null } as const;
const through = { outcome: "open", why: null } as const;
const checks: PacketCheck[] = [
  { ...path, kind: "source", wanted: "open", before: silent, after: through },
  { ...path, zone: "management", kind: "elsewhere", wanted: "closed", before: silent, after: silent },
  { ...path, port: 8444, kind: "neighbour", wanted: "closed", before: silent, after: silent },
];

describe("the message of a firewall request", () => {
  test("shows before the click who wants what and why, the risk, the port as it is, and Terraform's plan", () => {
    const risk = riskOf(aFirewallPolicy(), { rule: aRule(), until: null, addresses, now: t0 });
    const message = view({
      plan: toOpen({ ticket: "OPS-1" }),
      evidence: { terraform, probe: { ...path, seen: silent }, problem: null, risk, overlap: null },
    });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toMatch(
      /^🧱 Open service-a → service-b tcp\/8443\?: <@U0ANA> asks that service-a may reach service-b on tcp\/8443, until 2027-02-21 09:00:00 UTC – the nightly export$/,
    );
    for (const said of [
      "*From*\\n`service-a`\\n`10.81.2.2`",
      "*To*\\n`service-b`\\n`10.81.3.2`",
      "*Owner*\\n<@U0ANA>",
      "*Ticket*\\n`OPS-1`",
      "*Risk: 🔴 high*",
      "• It has no end: it stays open until somebody removes it.",
      "*The port just now*  from `application` to `10.81.3.2:8443`: closed",
      "+ f-abcd2345 =",
      "Plan: 1 to add, 0 to change, 1 to destroy.",
    ]) {
      expect(shown(message)).toContain(said);
    }
    expect(shown(message)).not.toContain("Terraform used the selected providers");
    expect(shown(message)).toContain('"value":"f-abcd2345"');
  });

  test("of Terraform's plan the digests are shortened, and what is opened is whole", () => {
    const [was, is] = ["40b3a1c2d3e4".padEnd(64, "0"), "e276b8d90f1a".padEnd(64, "1")];
    const replaced = `
  # module.firewall.terraform_data.ruleset must be replaced
-/+ resource "terraform_data" "ruleset" {
      ~ id               = "89cbbb2c-bbca-3231-0933-2dc7e3078699" -> (known after apply)
      ~ triggers_replace = {
          ~ revision = 1 -> 2
          ~ rules    = {
              + f-abcd2345 = "tcp from ${was} to service-b port 8443"
            }
          ~ ruleset  = "${was}" -> "${is}"
        }
    }
`;
    const message = view({ evidence: { terraform: replaced, probe: null, problem: null } });
    const told = message.blocks.map((block) => (block.type === "section" ? (block.text?.text ?? "") : ""));
    expect(told.join("\n").replaceAll("&gt;", ">")).toContain(`
      ~ id               = "89cbbb2c…" -> (known after apply)
      ~ triggers_replace = {
          ~ revision = 1 -> 2
          ~ rules    = {
              + f-abcd2345 = "tcp from ${was} to service-b port 8443"
            }
          ~ ruleset  = "40b3a1c2d3e4…" -> "e276b8d90f1a…"
        }
`);
  });

  test("what goes through already is said with the packet that does", () => {
    const packet = { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 } as const;
    const overlap = { how: "overlapping", by: ["f-bbbbbbbb"], packet } as const;
    expect(
      shown(
        view({
          evidence: { terraform: null, probe: null, problem: null, overlap: { ...overlap, by: ["f-bbbbbbbb"] } },
        }),
      ),
    ).toContain("*Some of it goes through already*, by `f-bbbbbbbb`: `tcp 10.81.2.2 → 10.81.3.2 port 8443`.");
  });

  test("a rule for good says that two have to approve, and who of them has", () => {
    const plan = toOpen({ until: null });
    expect(shown(view({ plan }))).toContain("two of <!subteam^S0PLATFORM> have to approve");
    const half = view({ plan, approvals: [{ user: "U0BEN", at: t0 + 1_000 }] });
    expect(verdict(half)).toBe("taken");
    expect(shown(half)).toContain("Approved by <@U0BEN>");
    expect(shown(half)).toContain("one more has to");
    expect(shown(half)).toContain('"action_id":"approve_request"');
  });

  test("once decided, everybody who approved it is named; of one that was denied, who denied it", () => {
    const plan = toOpen({ until: null });
    const approvals = [
      { user: "U0BEN", at: t0 },
      { user: "U0CHEN", at: t0 + 1_000 },
    ];
    const both = view({ plan, state: "approved", decidedBy: "U0CHEN", decidedAt: t0, approvals });
    expect(both.text).toContain("Approved by <@U0BEN> and <@U0CHEN>");
    const denied = view({ plan, state: "denied", decidedBy: "U0EVE", decidedAt: t0, approvals: approvals.slice(0, 1) });
    expect(denied.text).toContain("Denied by <@U0EVE>");
  });

  test("what became void says nothing of how its rule stands, which may have ended meanwhile", () => {
    const over = { ...newFirewallReceipt, problem: "The rule's end has come before anybody decided it." };
    const [rule, ruleId] = [aRule(), "f-bbbbbbbb"];
    const close = view({ plan: { action: "close", ruleId, rule }, state: "void", receipt: over });
    expect(close.text).toMatch(/^🚫 Closing service-a → service-b tcp\/8443: void/);
    const extend = { action: "extend", ruleId, rule, before: t0, until: null } as const;
    const extended = view({ plan: extend, state: "void", receipt: over });
    expect(extended.text).not.toContain("ends as agreed");
    for (const message of [close, extended]) {
      expect(message.text).not.toContain("Ask again");
      expect(message.text).toContain("See how it stands: /firewall show f-bbbbbbbb");
    }
  });

  test("a plan of thousands of lines is cut, and Slack still takes the message", () => {
    const long = `${terraform}${"      + more = 1\n".repeat(5_000)}`;
    const message = view({ evidence: { terraform: long, probe: null, problem: null } });
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toMatch(/…and \d+ more lines_/);
  });

  test("becomes the receipt: every packet, the counter, every step", () => {
    const message = view({
      state: "applied",
      ...decided,
      receipt: {
        ...newFirewallReceipt,
        checks,
        counter: { before: 0, after: 3 },
        steps: [
          { name: "requested", at: t0, tookMs: 0 },
          { name: "approved", at: t0 + 5_000, tookMs: 5_000 },
          { name: "proven", at: t0 + 6_400, tookMs: 1_400 },
        ],
      },
    });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toContain(
      "🔓 service-a → service-b tcp/8443 is open: Packets show it: open from the source, still closed in 2 other places, and the rule's counter moved.",
    );
    for (const said of [
      "✅ `application` to `10.81.3.2:8443`: was closed, is *open*",
      "✅ elsewhere, `management` to `10.81.3.2:8443`: still *closed*",
      "✅ beside it, `application` to `10.81.3.2:8444`: still *closed*",
      "✅ the rule's counter: 0 → 3 packets",
      "(*1.4 s* from the click)",
    ]) {
      expect(shown(message)).toContain(said);
    }
  });

  test("what nobody will be able to see is said before the click, and is told as unproven after it", () => {
    const unproven = "No prober stands at 10.81.1.7/32: nobody could try it from there.";
    const plan = toOpen({ unproven });
    const asked = view({ plan });
    expect(verdict(asked)).toBe("taken");
    expect(shown(asked)).toContain(`⚠️ *No packet will show that it is open.* ${unproven}`);
    expect(shown(asked)).toContain("taken back should packets show otherwise");
    const done = view({ plan, state: "applied", ...decided, receipt: { ...newFirewallReceipt, unproven } });
    expect(done.text).toContain("⚠️ service-a → service-b tcp/8443 is open, unproven");
    expect(done.text).toContain(unproven);
    expect(done.text).not.toContain("🔓");
  });

  test("what was not seen is never called well", () => {
    const unseen: PacketCheck = {
      ...path,
      kind: "source",
      wanted: "open",
      before: null,
      after: { outcome: "unknown", why: "its prober is away" },
    };
    const message = view({ state: "applied", ...decided, receipt: { ...newFirewallReceipt, checks: [unseen] } });
    expect(message.text).toContain("Applied; no packet could be tried.");
    expect(shown(message)).toContain("❔ `application` to `10.81.3.2:8443`: not seen: its prober is away");
  });

  test("of what was applied and does not fit: what, and not that it is done", () => {
    const problem = "The router has rules that nobody approved: evil.";
    for (const plan of [toOpen(), { action: "restore", rules: [] } as FirewallPlan]) {
      const message = view({ plan, state: "applied", ...decided, receipt: { ...newFirewallReceipt, problem } });
      expect(message.text).toContain("🚨");
      expect(message.text).toContain(problem);
      expect(message.text).not.toMatch(/is open|in force again/);
    }
  });

  test("of a removal: that nothing goes through, and that a connection held open has ended", () => {
    const message = view({
      plan: { action: "close", ruleId: "f-bbbbbbbb", rule: aRule() },
      state: "applied",
      ...decided,
      receipt: {
        ...newFirewallReceipt,
        checks: [{ ...path, kind: "source", wanted: "closed", before: through, after: silent }],
        held: { ...path, ended: true, how: "reset" },
        counter: { before: 6_002, after: 6_002 },
      },
    });
    expect(message.text).toContain(
      "🔒 service-a → service-b tcp/8443 is closed: Nothing goes through any more, and a connection that was open has ended.",
    );
    expect(shown(message)).toContain(
      "✅ a connection held open from `application` to `10.81.3.2:8443` has ended: reset",
    );
    // Gone with its rule: what it had counted by then shows nothing.
    expect(shown(message)).not.toContain("counter");
  });

  const plans: FirewallPlan[] = [
    toOpen(),
    { action: "close", ruleId: "f-bbbbbbbb", rule: aRule() },
    { action: "extend", ruleId: "f-bbbbbbbb", rule: aRule(), before: t0, until: null },
    { action: "follow", service: "service-b", before: ["10.81.3.2"], after: ["10.81.3.3"] },
    { action: "restore", rules: ["f-aaaaaaaa"] },
  ];
  const states = ["pending", "approved", "denied", "expired", "applied", "rolled-back", "failed", "void"] as const;

  test.each(plans.flatMap((plan) => states.map((state) => [plan.action, state, plan] as const)))(
    "%s, %s: Slack takes it, and it says something of its own",
    (_, state, plan) => {
      const ill = ["rolled-back", "failed", "void"].includes(state);
      const receipt =
        state === "applied" || ill ? { ...newFirewallReceipt, problem: ill ? "It is late." : null } : null;
      const message = view({ plan, state, ...(state !== "pending" && state !== "expired" && decided), receipt });
      expect(verdict(message)).toBe("taken");
      expect(message.text).not.toMatch(/undefined|null|\[object/);
      expect(message.text.includes("It is late.")).toBe(ill);
    },
  );

  test("what somebody wrote stays text", () => {
    const message = view({ reason: "<!channel> *now* `x` <https://evil.example|click>" });
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain("&lt;!channel&gt;");
    expect(shown(message)).not.toContain("<!channel>");
  });
});
