import { beforeEach, describe, expect, test } from "vitest";
import { firewallDesk } from "../../bot/desk-firewall.ts";
import type { Outcome, Desk } from "../../bot/operations/command.ts";
import { runCommand } from "../../bot/operations/command.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { outcomeView } from "../../bot/slack/views/outcome.ts";
import { refusalView } from "../../bot/slack/views/refusal.ts";
import { renderRefusal, renderText } from "../../bot/terminal.ts";
import { aFirewallGround, carriedOut, type FirewallGround } from "../support/firewall-desk.ts";
import { aFirewallRequest, dayMs } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { verdict } from "../support/view-fixtures.ts";

let ground: FirewallGround;
beforeEach(async () => {
  ground = await aFirewallGround();
});

function run(text: string, command: "/firewall" | "/cert" = "/firewall", user = "U0ANA") {
  const firewall = firewallDesk({
    ...ground.needs,
    groupsOf: async () => [],
    restore: async () => aFirewallRequest(),
  });
  const desk = { services: new Map(), mesh: null, firewall } as unknown as Desk;
  return runCommand(desk, { command, args: text.split(" ").filter(Boolean), user });
}

/** What it came to, drawn for Slack and for a terminal. */
async function told(text: string): Promise<string> {
  const outcome = await run(text);
  const view = isRefusal(outcome)
    ? refusalView(outcome)
    : outcomeView(outcome, { args: text.split(" "), page: 0, now: t0, channel: "C0CERTS" });
  expect(verdict(view)).toBe("taken");
  const inTerminal = isRefusal(outcome) ? renderRefusal(outcome) : renderText(outcome, t0);
  expect(inTerminal).not.toMatch(/undefined|\[object/);
  return JSON.stringify(view.blocks);
}

async function opened(line: string): Promise<string> {
  const outcome = await run(line);
  if (isRefusal(outcome) || outcome.kind !== "proposed" || outcome.request.kind !== "firewall") {
    throw new Error(JSON.stringify(outcome));
  }
  await carriedOut(ground.store, outcome.request);
  return outcome.request.id;
}

const line = "request service-a service-b tcp/8443 90d the nightly export";

describe("/firewall", () => {
  test("a request in one line asks for it", async () => {
    expect(await run(`${line} owner=@payments ticket=OPS-1`)).toMatchObject({
      kind: "proposed",
      request: {
        reason: "the nightly export",
        plan: { owner: "payments", ticket: "OPS-1", until: t0 + 90 * dayMs },
      },
    });
  });

  test("request alone asks for the form", async () => {
    expect(await run("request")).toMatchObject({ kind: "firewall-form" });
  });

  test("list, show, check, history, extend and remove of a rule", async () => {
    const id = await opened(line);
    ground.router = { digest: "", counters: { [id]: { packets: 3, bytes: 1 } }, rules: [id], gaps: [], aside: [] };
    expect(await told("list")).toContain(`\`${id}\`  *service-a → service-b tcp/8443*`);
    expect(await told(`show ${id}`)).toContain("3 packets let through");
    expect(await told("check service-a service-b tcp/8443")).toContain("may pass");
    expect(await told("check service-a service-b 8444")).toContain("may not pass");
    expect(await told("history")).toContain(id);
    expect(await told(`history ${id}`)).toContain("What happened to");
    expect(await told(`extend ${id} 30d still needed`)).toContain("Asked for");
    expect(await told(`remove ${id} moved away`)).toContain("Asked for");
    const states = await ground.store.requests.list({ kind: "firewall", states: ["pending"] });
    expect(states.map(({ plan, reason }) => [plan.action, reason])).toEqual(
      expect.arrayContaining([
        ["extend", "still needed"],
        ["close", "moved away"],
      ]),
    );
  });

  test("a span that is misspelt is not taken for a reason", async () => {
    const id = await opened(line);
    expect(await run(`extend ${id} 30x please`)).toMatchObject({ code: "bad-validity" });
    expect(await run(`extend ${id} please`)).toMatchObject({
      kind: "proposed",
      request: { reason: "please", plan: { until: t0 + 180 * dayMs } },
    });
  });

  test.each<[string, Partial<Outcome> | object]>([
    ["", { kind: "help", command: "/firewall" }],
    ["help", { kind: "help", command: "/firewall" }],
    ["request service-a", { code: "missing-argument" }],
    ["show", { code: "missing-argument", message: "Write: /firewall show <rule>" }],
    ["remove", { code: "missing-argument" }],
    ["extend", { code: "missing-argument" }],
    ["check service-a service-b", { code: "missing-argument" }],
    ["check service-a service-b 8443 why", { code: "missing-argument" }],
    ["show f-nothing2", { code: "not-found" }],
    ["reqest a b", { kind: "help", unknown: { typed: "reqest", meant: "/firewall request" } }],
    ["renew service-a", { kind: "help", unknown: { typed: "renew", meant: "/cert renew" } }],
    ["fly", { kind: "help", unknown: { typed: "fly", meant: null } }],
  ])("%s", async (text, outcome) => {
    expect(await run(text)).toMatchObject(outcome);
    await told(text);
  });

  test("help names every verb, and what /cert does not know is named after /firewall", async () => {
    const help = await told("help");
    for (const verb of ["request", "list", "show", "remove", "extend", "check", "history"]) {
      expect(help).toContain(`/firewall ${verb}`);
    }
    expect(await run("check a b 1", "/cert")).toMatchObject({ kind: "help", unknown: { meant: "/firewall check" } });
  });

  test("where there is no firewall it says so, and helps", async () => {
    const desk = { services: new Map(), mesh: null, firewall: null } as unknown as Desk;
    const ask = (text: string) => runCommand(desk, { command: "/firewall", args: [text], user: "U0ANA" });
    expect(await ask("list")).toMatchObject({ refused: true, code: "no-firewall" });
    expect(await ask("help")).toMatchObject({ kind: "help", command: "/firewall" });
  });
});
