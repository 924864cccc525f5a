import { describe, expect, test } from "vitest";
import { aFreeze } from "../support/inventory-fixtures.ts";
import { mayReview } from "../../bot/domain/review.ts";
import { byTurn, turnOf } from "../../bot/domain/turn.ts";
import { suggest } from "../../bot/domain/suggest.ts";
import { type OwnAttention, ownAttention } from "../../bot/operations/attention.ts";
import { listApprovals } from "../../bot/operations/list-approvals.ts";
import type { HomeNote } from "../../bot/operations/store-ports.ts";
import { pendingRow } from "../../bot/slack/views/home-requests.ts";
import { homeView } from "../../bot/slack/views/home.ts";
import { homePagesOf } from "../../bot/slack/views/home-pages.ts";
import { planModal } from "../../bot/slack/views/plan-modal.ts";
import { readView } from "../../lab/slack/read-view.ts";
import { aFirewallPolicy, aFirewallRequest } from "../support/firewall-fixtures.ts";
import { anIntention, aPolicy } from "../support/intention-fixtures.ts";
import { aCommit, aService, aStore } from "../support/renewal-fixtures.ts";
import { answer, now, request, row } from "../support/view-fixtures.ts";

const nobody: OwnAttention = { pending: [], running: [], toReview: [], expiring: answer(), snoozes: [] };
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
    const toReview = Array.from({ length: 50 }, (_, index) => ({
      request: request("approved", { id: `r-${String(index).padStart(8, "b")}`, decidedWhy: long }),
      yours: true,
    }));
    const snoozes = rows.map((_, index) => ({
      subject: `service-${index}`,
      by: "U0BEN",
      reason: long,
      at: now,
      until: now + 1,
    }));
    const view = draw(
      { pending, running, toReview, expiring: answer({ rows, unknown, frozen }), snoozes },
      { note: { about: "r-aaaaaaa3", said: "✋ no" } },
    );
    expect(verdict(view)).toBe("taken");
    expect(JSON.stringify(view)).not.toContain("<!channel>");
    expect(JSON.stringify(view)).not.toContain("Slack has no room for");
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

  test("to whom a request was handed stands with it, until they have approved it", () => {
    const remarks = [
      { user: "U0ANA", at: now, text: "", to: "U0BEN" },
      { user: "U0BEN", at: now, text: "I am off", to: "U0CHEN" },
      { user: "U0DANA", at: now, text: "hm", to: null },
    ];
    const seen = (approvals: { user: string; at: number }[]) =>
      JSON.stringify(draw({ pending: [{ request: request("pending", { remarks, approvals }), turn: "others" }] }));
    expect(seen([])).toContain("Handed over 👉 to <@U0CHEN> by <@U0BEN>");
    expect(seen([{ user: "U0CHEN", at: now }])).not.toContain("Handed over");
  });

  test("a certificate that ends soon can be snoozed; one that is says by whom, until when and why, and can be woken", () => {
    const rows = [row(0), row(1), { ...row(2), places: [], standing: "unwatched" as const }];
    const asleep = { subject: "service-1", by: "U0BEN", reason: "off on <!channel>", at: now, until: now + 60_000 };
    const view = draw({ expiring: answer({ rows }), snoozes: [asleep] });
    expect(verdict(view)).toBe("taken");
    const text = JSON.stringify(view);
    expect([...text.matchAll(/"action_id":"(expiry_\w+)","value":"([^"]*)"/g)].map(([, ...of]) => of)).toEqual([
      ["expiry_snooze", "service-0"],
      ["expiry_wake", "service-1"],
    ]);
    expect(text).toMatch(/😴 Snoozed by <@U0BEN> until <!date\^.*?: off on &lt;!channel&gt;/);
  });

  test("one that several endpoints serve is snoozed endpoint by endpoint", () => {
    const places = ["ab", "cd", "h".repeat(100)].map((host) => ({
      ...{ service: null, instance: host, owner: null },
      endpoint: `${host}:443`,
    }));
    const asleep = { subject: "ab:443", by: "U0BEN", reason: "off", at: now, until: now + 60_000 };
    const view = draw({ expiring: answer({ rows: [{ ...row(0), service: null, places }] }), snoozes: [asleep] });
    expect(verdict(view)).toBe("taken");
    const { blocks } = view;
    expect(blocks.filter(({ type }) => type === "actions").at(-1)).toMatchObject({
      elements: [{ type: "overflow", options: [{ value: "cd:443" }] }],
    });
    expect(JSON.stringify(blocks)).toContain("😴 `ab:443` snoozed by");
  });

  test("what one person let through alone stands there until somebody looked at it, with the button for who may", () => {
    const review = { by: null, at: null, verdict: null, note: "", askedAt: now };
    const glass = request("approved", { decidedWhy: "the old key is out", review });
    const one = draw({ toReview: [{ request: glass, yours: true }] });
    expect(verdict(one)).toBe("taken");
    const text = JSON.stringify(one);
    expect(text).toContain("🚨 *1 decision* by break-glass for you to review");
    expect(text).toContain("was let through alone by <@U0BEN>");
    expect(text).toContain('"action_id":"review_request"');
    expect(JSON.stringify(draw({ toReview: [{ request: glass, yours: false }] }))).not.toContain("review_request");
    expect(mayReview(glass, { user: "U0BEN", groups: ["S0PLATFORM"], now })).toBe(false);
    expect(mayReview(glass, { user: "U0CHEN", groups: ["S0PLATFORM"], now })).toBe(true);
    expect(mayReview(glass, { user: "U0DANA", groups: [], now })).toBe(false);
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

  test("nobody's any more once its deadline has passed", () => {
    const late = request("pending", { expiresAt: now });
    expect(turnOf(late, { user: "U0BEN", groups: ["S0PLATFORM"], now }, configured)).toBe("others");
  });

  test("the same in Home and in the list of open requests, whatever its edge", async () => {
    const store = await aStore(() => now);
    await store.requests.open(request("pending"), aCommit());
    const gone = { ...configured, services: new Map() };
    for (const where of [configured, gone]) {
      for (const groups of [["S0PLATFORM"], [], null]) {
        const groupsOf = async () => groups ?? Promise.reject(new Error("fatal_error"));
        const { pending } = await listApprovals({ ...store, ...where, groupsOf, clock: () => now }, "U0BEN");
        const [shownAtHome] = ownAttention(
          { ...nobody, pending: [request("pending")], toReview: [] },
          { user: "U0BEN", groups, now },
          where,
        ).pending;
        expect(pending.map(({ turn: its }) => its)).toEqual([shownAtHome?.turn]);
      }
    }
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
