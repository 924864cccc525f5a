import { describe, expect, test } from "vitest";
import { aFreeze } from "../support/inventory-fixtures.ts";
import { byTurn, turnOf } from "../../bot/domain/turn.ts";
import { suggest } from "../../bot/domain/suggest.ts";
import type { OwnAttention } from "../../bot/operations/attention.ts";
import type { HomeNote } from "../../bot/operations/store-ports.ts";
import { pendingRow } from "../../bot/slack/views/home-requests.ts";
import { homeView } from "../../bot/slack/views/home.ts";
import { homePagesOf } from "../../bot/slack/views/home-pages.ts";
import { planModal } from "../../bot/slack/views/plan-modal.ts";
import { readView } from "../../lab/slack/read-view.ts";
import { aFirewallPolicy, aFirewallRequest } from "../support/firewall-fixtures.ts";
import { anIntention, aPolicy } from "../support/intention-fixtures.ts";
import { aService } from "../support/renewal-fixtures.ts";
import { answer, now, request, row } from "../support/view-fixtures.ts";

const nobody: OwnAttention = { pending: [], running: [], expiring: answer() };
const at = { now, configured: true };

function draw(seen: Partial<OwnAttention>, { note = null }: { note?: HomeNote | null } = {}) {
  return homeView({
    seen: { ...nobody, ...seen },
    home: { pages: { requests: 0, expiring: 0 }, note },
    offers: { mesh: false, firewall: false },
    channel: "C0CERTS",
    drawnAt: () => at,
  });
}

/** What Slack would say of it. */
const verdict = (view: object, surface: "home" | "modal" = "home") => {
  const read = readView(view, surface);
  return read.ok ? "taken" : JSON.stringify(read);
};

describe("the Home tab", () => {
  test("has every kind of request, waiting and under way", () => {
    const pending = [request("pending"), anIntention(), aFirewallRequest()].map(
      (one) => ({ request: one, turn: "you" }) as const,
    );
    const running = [anIntention({ id: "i-working2", state: "approved", decidedBy: "U0BEN" })];
    const view = draw({ pending, running });
    expect(verdict(view)).toBe("taken");
    const text = JSON.stringify(view);
    for (const said of [
      "Renew service-a?",
      "Deny service-a → service-b?",
      "Open service-a",
      "`i-working2` denies service-a → service-b, approved by <@U0BEN>",
    ])
      expect(text).toContain(said);
  });

  test("says of a request that approving it takes a passkey, by its own policy or by that of now", () => {
    const [own, ofNow, neither] = [request("pending"), request("pending"), request("pending")].map((one, index) =>
      index === 0 ? { ...one, approval: { ...one.approval, stepUp: "passkey" as const } } : one,
    );
    const lines = [own, ofNow, neither].map((one) => {
      if (one === undefined) throw new Error("there are three");
      const approval = { ...one.approval, ...(one === ofNow && { stepUp: "passkey" as const }) };
      return JSON.stringify(pendingRow({ request: one, turn: "you" }, { ...at, approval }));
    });
    expect(lines.map((line) => line.includes("🔑 approving takes a passkey"))).toEqual([true, true, false]);
  });

  test("looks the same until something changes: no time in it is relative", () => {
    const rows = [row(0), row(1)];
    const later = rows.map((one) => ({ ...one, remainingMs: one.remainingMs - 500 }));
    expect(draw({ expiring: answer({ rows: later }) })).toEqual(draw({ expiring: answer({ rows }) }));
  });

  test("longest words, most rows and a note stay within what Slack takes", () => {
    const long = "<!channel> ".repeat(60).slice(0, 500);
    const pending = Array.from({ length: 200 }, (_, index) => ({
      request: request("pending", { id: `r-${String(index).padStart(8, "a")}`, reason: long }),
      turn: "you" as const,
    }));
    const rows = Array.from({ length: 300 }, (_, index) => row(index));
    const unknown = Array.from({ length: 200 }, (_, index) => ({
      endpoint: `${"h".repeat(200)}${index}`,
      serverName: "h",
      why: "w".repeat(300),
      since: now,
    }));
    const frozen = Array.from({ length: 30 }, (_, index) => aFreeze(`service-${index}`));
    const running = Array.from({ length: 50 }, () => request("approved", {}));
    const view = draw(
      { pending, running, expiring: answer({ rows, unknown, frozen }) },
      { note: { about: "r-aaaaaaa3", said: "✋ no" } },
    );
    expect(verdict(view)).toBe("taken");
    expect(JSON.stringify(view)).not.toContain("<!channel>");
  });

  test("a note about what is not on this page stands over the lists", () => {
    const { blocks } = draw({}, { note: { about: "r-gone2222", said: "✋ no" } });
    expect(blocks[2]).toMatchObject({ block_id: "note" });
  });

  test("a service that is asked for already is not offered again", () => {
    const rows = [
      { ...row(0), service: "service-a" },
      { ...row(1), service: "ledger" },
    ];
    const pending = [{ request: request("pending"), turn: "others" as const }];
    const view = JSON.stringify(draw({ pending, expiring: answer({ rows }) }));
    expect([...view.matchAll(/"action_id":"renewal_form","value":"([^"]*)"/g)].map(([, value]) => value)).toEqual([
      "",
      "ledger",
    ]);
    expect(view).toContain("asked for in `r-abcd2345`");
  });

  test.each([
    ['{"requests":1,"expiring":0}', { requests: 1, expiring: 0 }],
    ["", null],
    ['{"requests":-1,"expiring":0}', null],
    ["[]", null],
  ])("a page button that carries %j", (value, pages) => expect(homePagesOf(value)).toEqual(pages));
});

describe("the plan in a modal", () => {
  test.each([request("pending"), request("denied"), anIntention(), aFirewallRequest()])("$id is taken", (one) => {
    expect(verdict(planModal(one, at), "modal")).toBe("taken");
  });
});

describe("whose turn it is", () => {
  const configured = {
    services: new Map([["service-a", aService()]]),
    mesh: { policy: aPolicy() },
    firewall: { policy: aFirewallPolicy() },
  };
  const turn = (user: string, groups: string[] | null) => turnOf(request("pending"), { user, groups, now }, configured);

  test("theirs who may decide, and never theirs who asked", () => {
    expect(turn("U0BEN", ["S0PLATFORM"])).toBe("you");
    expect(turn("U0DANA", [])).toBe("others");
    expect(turn("U0ANA", ["S0PLATFORM"])).toBe("yours");
  });

  test("theirs who asked only where the policy counts them, and they have not approved it yet", () => {
    const alike = { ...request("pending").approval, requesterCounts: true };
    const ana = { user: "U0ANA", groups: ["S0PLATFORM"], now };
    expect(turnOf(request("pending", { approval: alike }), ana, configured)).toBe("you");
    expect(turnOf(request("pending", { approval: alike }), { ...ana, groups: [] }, configured)).toBe("yours");
    const half = request("pending", { approval: alike, approvals: [{ user: "U0ANA", at: now }] });
    expect(turnOf(half, ana, configured)).toBe("yours");
  });

  test("theirs too whom the deadline that passed calls in", () => {
    const dana = { users: ["U0DANA"], groups: [], rotas: [], deadlineMs: 60_000 };
    const escalating = { ...request("pending").approval, escalation: [dana] };
    const of = (stage: number) => request("pending", { approval: escalating, stage });
    expect(turnOf(of(0), { user: "U0DANA", groups: [], now }, configured)).toBe("others");
    expect(turnOf(of(1), { user: "U0DANA", groups: [], now }, configured)).toBe("you");
  });

  test("perhaps theirs while Slack does not say who is in the groups", () => expect(turn("U0DANA", null)).toBe("you"));

  test("nobody's of a service that left certops.yaml, nor theirs who approved it already", () => {
    const gone = { ...configured, services: new Map() };
    const ben = { user: "U0BEN", groups: ["S0PLATFORM"], now };
    expect(turnOf(request("pending"), ben, gone)).toBe("others");
    const half = request("pending", { approvals: [{ user: "U0BEN", at: now }] });
    expect(turnOf(half, ben, configured)).toBe("others");
  });

  test("theirs stand first, of them the soonest deadline", () => {
    const all = [
      { turn: "others", request: request("pending", { id: "r-others22", expiresAt: 1 }) },
      { turn: "you", request: request("pending", { id: "r-later222", expiresAt: 9 }) },
      { turn: "yours", request: request("pending", { id: "r-yours222" }) },
      { turn: "you", request: request("pending", { id: "r-soon2222", expiresAt: 2 }) },
    ] as const;
    expect(byTurn([...all]).map((one) => one.request.id)).toEqual([
      "r-soon2222",
      "r-later222",
      "r-yours222",
      "r-others22",
    ]);
  });
});

describe("what is suggested", () => {
  const candidates = ["service-a", "ledger", "a-service"].map((name) => ({ name, about: "", also: ["payments"] }));
  test.each([
    ["", ["a-service", "ledger", "service-a"]],
    ["SER", ["service-a", "a-service"]],
    ["pay", ["a-service", "ledger", "service-a"]],
    ["leger", ["ledger"]],
    ["(.*", []],
  ])("to who typed %j", (typed, names) => {
    expect(suggest(typed, candidates).map(({ name }) => name)).toEqual(names);
  });
});
