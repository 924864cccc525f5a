import { describe, expect, test } from "vitest";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import type { AccessCheck } from "../../bot/operations/firewall/check-access.ts";
import { accessView } from "../../bot/slack/views/firewall-access.ts";
import { pageOf } from "../../bot/slack/views/paging.ts";
import { ruleHistoryView, ruleListView, ruleView } from "../../bot/slack/views/firewall-rules.ts";
import { placeOf, withHidden } from "../../bot/slack/views/hidden.ts";
import { accessText, hiddenLines, ruleHistoryText, ruleListText, ruleText } from "../../bot/terminal-firewall.ts";
import { aFirewallRequest, anAppliedRule, aRule, dayMs } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { shown, verdict } from "../support/view-fixtures.ts";

const path = { zone: "application", address: "10.81.3.2", port: 8443 };
const silent = { outcome: "silent", why: null } as const;
const through = { outcome: "open", why: null } as const;
const inForce = rulesInForce([
  anAppliedRule("f-aaaaaaaa"),
  anAppliedRule("f-cccccccc", aRule({ ports: { first: 8444, last: 8444 } }), t0 + dayMs),
  anAppliedRule("f-dddddddd", aRule({ ports: { first: 8445, last: 8446 } }), null),
]);
const rules = [...inForce.rules.values()];
const plain = (_style: string, text: string) => text;

describe("what the firewall hides", () => {
  const seen = { endpoint: "10.81.3.2:8443/service-b.example.com", host: "10.81.3.2", port: 8443, from: "10.81.1.2" };
  const nothing = { text: "Host", blocks: [] };

  test("stands beside the answer with a button for each; without any the answer is as it was", () => {
    const message = withHidden(nothing, [seen, { ...seen, endpoint: "ledger/l-0", port: 9443 }]);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain("🧱 `10.81.3.2:8443/service-b.example.com`\\n🧱 `ledger/l-0` at `10.81.3.2:9443`");
    expect(shown(message)).toContain('"text":"Request access to 10.81.3.2:9443"');
    expect(withHidden(nothing, [])).toEqual(nothing);
  });

  test("a button carries a host and a port, and nothing else is one of ours", () => {
    expect(placeOf("10.81.3.2:8443")).toEqual({ host: "10.81.3.2", port: 8443 });
    for (const value of ["", "10.81.3.2", "a b:1", "x:99999999", "10.81.3.2:8443\n22", "${1}:1"]) {
      expect(placeOf(value)).toBeNull();
    }
  });

  test("in a terminal it says what to type", () => {
    expect(hiddenLines([seen], plain).at(-1)).toBe(
      "  certops firewall request 10.81.1.2 10.81.3.2 tcp/8443 7d <reason>",
    );
  });
});

describe("answers", () => {
  const first = { args: ["list"], page: 0, now: t0 };

  test("a list of a thousand has pages, each with as much as Slack takes, and buttons to turn them", () => {
    const [rule] = rules;
    if (rule === undefined) throw new Error("there are rules");
    const many = Array.from({ length: 1_000 }, (_, at) => ({ ...rule, id: `f-${String(at).padStart(8, "a")}` }));
    const list = { about: "", rules: many, services: inForce.services, open: [], frozen: [] };
    const turns = (page: number) => {
      const message = ruleListView(list, { ...first, page });
      expect(verdict(message)).toBe("taken");
      return [...shown(message).matchAll(/"value":"((?:[^"\\]|\\.)*)"/g)].map(([, value = ""]) =>
        pageOf(JSON.parse(`"${value}"`) as string),
      );
    };
    const seen = Array.from({ length: 42 }, (_, page) => shown(ruleListView(list, { ...first, page })));
    for (const { id } of many) expect(seen.filter((page) => page.includes(`\`${id}\``))).toHaveLength(1);
    const at = (page: number) => ({ command: "/firewall", args: ["list"], page });
    expect([turns(0), turns(1), turns(41), turns(99)]).toEqual([[at(1)], [at(0), at(2)], [at(40)], [at(40)]]);
    expect(seen[1]).toContain("1000 rules · page 2 of 42");
  });

  test.each([
    ["<@U0CHEN|chen>", "of chen"],
    ["<@U0CHEN>", "of one owner"],
  ])("the list of %s is called by a name, never by what Slack has for one", (about, called) => {
    const message = ruleListView({ about, rules, services: inForce.services, open: [], frozen: [] }, first);
    expect(message.text).toBe(`What the firewall lets through ${called}: ${rules.length} rules`);
    expect(message.blocks[0]).toMatchObject({ text: { text: `What the firewall lets through ${called}` } });
    expect(shown(message)).toContain("Owned by <@U0CHEN>");
    expect(verdict(message)).toBe("taken");
  });

  test("the list: what passes, until when, whose it is; and that nothing does", () => {
    const list = { about: "", rules, services: inForce.services, open: [aFirewallRequest()], frozen: [] };
    const message = ruleListView(list, first);
    expect(verdict(message)).toBe("taken");
    for (const said of [
      "🔓 `f-aaaaaaaa`  *service-a → service-b tcp/8443*  ends in 90 d",
      "⏳ `f-cccccccc`",
      "♾️ `f-dddddddd`  *service-a → service-b tcp/8445-8446*  ends never",
      "🔏 `f-abcd2345` waits for a decision",
    ]) {
      expect(shown(message)).toContain(said);
    }
    expect(shown(ruleListView({ ...list, rules: [], open: [] }, first))).toContain("🔒 Nothing.");
    expect(ruleListText(list, t0, plain)).toMatch(
      /^f-aaaaaaaa  tcp from service-a to service-b port 8443  ends in 90 d/,
    );
  });

  test("one rule: who, until when, what the router says; a drift is cried out", () => {
    const [rule = null] = rules;
    const all = {
      request: anAppliedRule("f-aaaaaaaa"),
      inForce: rule,
      services: inForce.services,
      history: [anAppliedRule("f-aaaaaaaa")],
    };
    const message = ruleView({ ...all, counter: { packets: 41, bytes: 1 }, enforced: true }, t0);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain("41 packets let through");
    expect(shown(ruleView({ ...all, counter: null, enforced: false }, t0))).toContain("🚨 does not hold it");
    expect(shown(ruleView({ ...all, counter: null, enforced: null }, t0))).toContain("❔ was not asked");
    const gone = ruleView({ ...all, inForce: null, counter: null, enforced: false }, t0);
    expect(gone.text).toContain("not in force");
    expect(shown(gone)).toContain("`f-aaaaaaaa` was closed");
    const asked = { ...all, inForce: null, request: aFirewallRequest(), counter: null, enforced: false };
    expect(shown(ruleView(asked, t0))).toContain("`f-abcd2345` is not in force: its request is pending");
    expect(ruleText({ ...all, inForce: null, counter: null, enforced: false }, t0, plain)).toContain("  was closed");
    expect(ruleText({ ...all, counter: null, enforced: false }, t0, plain)).toContain("the router does not hold it");
  });

  test("the history: who asked, who decided, what came of it", () => {
    const history = { about: null, requests: [aFirewallRequest(), anAppliedRule("f-aaaaaaaa")] };
    const message = ruleHistoryView(history);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain(
      "✅ `f-aaaaaaaa`  open *service-a → service-b tcp/8443*  applied · asked by <@U0ANA>",
    );
    expect(shown(message)).toContain("approved by <@U0BEN>");
    expect(ruleHistoryText(history, plain)).toContain("asked by U0ANA, approved by U0BEN");
  });

  test("the history names everybody who approved", () => {
    const approvals = [
      { user: "U0BEN", at: t0 },
      { user: "U0CHEN", at: t0 + 1_000 },
    ];
    const history = { about: null, requests: [{ ...anAppliedRule("f-aaaaaaaa"), approvals, decidedBy: "U0CHEN" }] };
    expect(shown(ruleHistoryView(history))).toContain("approved by <@U0BEN> and <@U0CHEN>");
    expect(ruleHistoryText(history, plain)).toContain("approved by U0BEN and U0CHEN");
  });

  test("whether it may pass says so where the router is not as approved", () => {
    const drifted = { missing: [], besides: [], gaps: ["no-table" as const], aside: [] };
    const message = accessView({ ...access, drifted }, t0);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain("🚨 *The router is not as it was approved.* Its table is gone");
    expect(accessText({ ...access, drifted }, t0, plain)).toContain("its table is gone, and everything passes");
    expect(shown(accessView(access, t0))).not.toContain("not as it was approved");
  });

  const access: AccessCheck = {
    asked: aRule(),
    verdict: "closed",
    by: [],
    through: null,
    stopped: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 },
    objection: null,
    others: [],
    open: [],
    tried: [],
    untried: "There is no prober.",
    drifted: null,
  };

  test("a check: by which rule, what a packet shows, and what to type", () => {
    const closed = accessView(access, t0);
    expect(verdict(closed)).toBe("taken");
    expect(closed.text).toBe("service-a → service-b tcp/8443 may not pass");
    expect(shown(closed)).toContain("`/firewall request service-a service-b tcp/8443 &lt;reason&gt;`");
    const [rule] = rules;
    const objection = "The zones outside and database may never meet.";
    const kept = accessView({ ...access, objection }, t0);
    expect(shown(kept)).toContain(`It cannot be asked for as it is: ${objection}`);
    expect(shown(kept)).not.toContain("/firewall request");
    expect(accessText({ ...access, objection }, t0, plain)).toContain(`cannot be asked for as it is: ${objection}`);
    const open = accessView(
      {
        ...access,
        stopped: null,
        verdict: "open",
        by: rule ? [rule] : [],
        tried: [{ ...path, seen: silent }],
        untried: null,
      },
      t0,
    );
    expect(shown(open)).toContain("*closed* ⚠️ though a rule lets it through");
    const odd = accessView({ ...access, tried: [{ ...path, seen: through }], untried: null }, t0);
    expect(shown(odd)).toContain("*open* 🚨 though no rule lets it through");
    expect(accessText(access, t0, plain)).toContain("may not pass: no rule in force lets it through");
  });
});
