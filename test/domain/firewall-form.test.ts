import { describe, expect, test } from "vitest";
import type { FirewallNotice } from "../../bot/domain/firewall/notices.ts";
import { formOf, requestModal } from "../../bot/slack/views/firewall-modal.ts";
import { fieldErrors, formProblem } from "../../bot/slack/views/form.ts";
import { firewallNoticeView, letGoView } from "../../bot/slack/views/firewall-notices.ts";
import { refuse } from "../../bot/domain/refusal.ts";
import { at } from "../../bot/domain/forms.ts";
import { readView } from "../../lab/slack/read-view.ts";
import { aFirewallPolicy, aRule, dayMs, someFields } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { shown, verdict } from "../support/view-fixtures.ts";

describe("notices", () => {
  const notices: [FirewallNotice, string, string[]][] = [
    [
      { type: "firewall-ending", id: "f-aaaaaaaa", rule: aRule(), owner: "U0ANA", until: t0 + 14 * dayMs },
      "<@U0ANA>, the firewall rule `f-aaaaaaaa` ends in 14 d",
      ["firewall_extend", "firewall_let_go"],
    ],
    [
      { type: "firewall-drift", missing: ["f-aaaaaaaa"], besides: [], over: null },
      "It no longer holds `f-aaaaaaaa`.",
      ["firewall_reapply"],
    ],
    [
      { type: "firewall-drift", missing: [], besides: ["evil"], over: null },
      "It lets through what is not approved, or no longer: `evil`.",
      ["firewall_reapply"],
    ],
    [{ type: "firewall-drift", missing: [], besides: [], over: t0 }, "enforces the approved rules again", []],
    [
      {
        type: "firewall-moved",
        service: "service-b",
        before: ["10.81.3.2"],
        after: ["172.16.0.1"],
        why: "172.16.0.1 is in another zone.",
        rules: ["f-aaaaaaaa"],
      },
      "the firewall did not follow",
      [],
    ],
    [
      { type: "firewall-drift", missing: [], besides: [], gaps: ["no-table"], aside: [], over: null },
      "Its table is gone, so it drops nothing: *everything passes*.",
      ["firewall_reapply"],
    ],
    [
      { type: "firewall-drift", missing: [], besides: [], gaps: [], aside: ["ip nat: dnat"], over: null },
      "Another table of it lets through or redirects: `ip nat: dnat`.",
      ["firewall_reapply"],
    ],
    [
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"], over: null },
      "nobody approved:* `firewall/rules/evil`",
      ["firewall_reapply"],
    ],
    [
      { type: "firewall-smuggled", keys: [], missing: ["firewall/rules/f-aaaaaaaa"], over: null },
      "are missing from Consul:* `firewall/rules/f-aaaaaaaa`",
      ["firewall_reapply"],
    ],
    [{ type: "firewall-smuggled", keys: [], over: t0 }, "only approved firewall rules again", []],
  ];

  test.each(notices)("%j", (notice, said, buttons) => {
    const message = firewallNoticeView(notice, t0);
    expect(verdict(message)).toBe("taken");
    expect(shown(message)).toContain(said);
    expect([...shown(message).matchAll(/"action_id":"(\w+)"/g)].map(([, action]) => action)).toEqual(buttons);
  });

  test("an owner that is a team is named and not mentioned", () => {
    const message = firewallNoticeView(
      { type: "firewall-ending", id: "f-aaaaaaaa", rule: aRule(), owner: "payments", until: t0 + dayMs },
      t0,
    );
    expect(shown(message)).toContain("`payments`, the firewall rule");
  });

  test("what was let go says by whom and how to change one's mind", () => {
    const message = letGoView({ id: "f-aaaaaaaa", flow: "a → b tcp/1", user: "U0ANA", until: t0 });
    expect(verdict(message)).toBe("taken");
    expect(message.text).toContain("/firewall extend f-aaaaaaaa 30d");
  });
});

describe("the form", () => {
  const form = requestModal({ user: "U0ANA", responseUrl: "https://hooks.slack.example/1", policy: aFirewallPolicy() });

  test("is one that Slack takes, with the zones and the usual time in it", () => {
    expect(readView(form, "modal")).toMatchObject({ ok: true });
    expect(JSON.stringify(form)).toContain("management (10.81.1.0/24)");
    expect(JSON.stringify(form)).toContain('"initial_value":"90d"');
    expect(JSON.stringify(form)).toContain('"initial_user":"U0ANA"');
  });

  test("comes back as what was filled in, and where the answer goes", () => {
    const value = (text: string | null) => ({ value: { type: "plain_text_input", value: text } });
    const values = {
      from: value("service-a"),
      to: value("service-b"),
      ports: value("tcp/8443"),
      reason: value("the nightly export"),
      valid: value("90d"),
      start: { value: { type: "datepicker", selected_date: "2026-12-01" } },
      owner: { value: { type: "users_select", selected_user: "U0BEN" } },
      ticket: value(null),
    };
    expect(formOf({ ...form, state: { values } })).toEqual({
      fields: someFields({ valid: "90d", start: "2026-12-01", owner: "U0BEN" }),
      responseUrl: "https://hooks.slack.example/1",
    });
    expect(formOf({ ...form, callback_id: "another", state: { values } })).toBeNull();
  });

  test("what is wrong stands at its field, the first of each; the rest is a page over the form", () => {
    const refusals = [
      at("ports", refuse("a", "First.", "Hint.")),
      at("ports", refuse("b", "Second.", "Hint.")),
      at("to", refuse("c", "x".repeat(400), "Hint.")),
    ];
    const answer = fieldErrors(refusals);
    expect(answer).toMatchObject({ response_action: "errors", errors: { ports: "First. Hint." } });
    expect("errors" in answer && answer.errors["to"]?.length).toBeLessThanOrEqual(300);
    const page = formProblem(refuse("frozen", "service-b is frozen.", "Thaw it."));
    expect(page).toMatchObject({ response_action: "push" });
    expect(readView("view" in page && page.view, "modal")).toMatchObject({ ok: true });
  });
});
