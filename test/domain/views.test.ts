import { describe, expect, test } from "vitest";
import type { Answer, Row } from "../../bot/domain/answer.ts";
import type { Digest } from "../../bot/domain/digest.ts";
import type { Receipt, RenewalRequest, RequestState } from "../../bot/domain/renewal.ts";
import type { Trace } from "../../bot/domain/trace.ts";
import type { EndpointWhy } from "../../bot/operations/explain-why.ts";
import type { ServedChain } from "../../bot/operations/explain-chain.ts";
import { answerView, pageOf } from "../../bot/slack/views/answer.ts";
import type { Message } from "../../bot/slack/views/blocks.ts";
import { chainView } from "../../bot/slack/views/chain.ts";
import { noticeView } from "../../bot/slack/views/notice.ts";
import type { VaultHealth } from "../../bot/domain/vault-health.ts";
import { outcomeView } from "../../bot/slack/views/outcome.ts";
import { refusalView } from "../../bot/slack/views/refusal.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { traceView } from "../../bot/slack/views/trace.ts";
import { whyView } from "../../bot/slack/views/why.ts";
import { readContent } from "../../lab/slack/content.ts";
import { aFreeze, aLook } from "../support/inventory-fixtures.ts";
import { anEndpoint } from "../support/renewal-fixtures.ts";

const now = Date.UTC(2026, 10, 22, 9, 0, 0);
const hex = (digits: number, seed: number) => seed.toString(16).padStart(digits, "0");

function row(index: number, change: Partial<Row["certificate"]> = {}): Row {
  const notAfter = now + (index + 1) * 1_000;
  return {
    certificate: {
      fingerprint: hex(64, index),
      serial: hex(40, index).replaceAll(/(..)(?=.)/g, "$1:"),
      subject: `CN=service-${index}.example.com`,
      issuer: "CN=certops intermediate",
      names: [`service-${index}.example.com`],
      notBefore: now - 60_000,
      notAfter,
      key: "EC P-256",
      generation: "g0",
      isCa: false,
      pem: "",
      servedAt: [],
      sightings: [],
      issuedAt: null,
      firstSeen: now - 60_000,
      lastSeen: now,
      ...change,
    },
    service: `service-${index}`,
    places: [{ service: `service-${index}`, instance: "a-1", endpoint: `service-${index}/a-1`, owner: "payments" }],
    standing: "served",
    conditions: [{ type: "Ready", status: "True", reason: "Served", message: "It is served.", lastTransition: now }],
    remainingMs: notAfter - now,
    remainingShare: 0.1,
  };
}

function answer(change: Partial<Answer> = {}): Answer {
  return { title: "Expiring within 30 d", asOf: now - 3_000, rows: [], ground: [], unknown: [], frozen: [], ...change };
}

/** What Slack would say of the message. */
function verdict({ text, blocks }: Message): string {
  expect(text).not.toBe("");
  const read = readContent({ text, blocks }, 40_000);
  return "blocks" in read ? "taken" : JSON.stringify(read);
}

const shown = (view: Message) => JSON.stringify(view.blocks);

function request(state: RequestState, change: Partial<RenewalRequest> = {}): RenewalRequest {
  return {
    id: "r-abcd2345",
    service: "service-a",
    requester: "U0ANA",
    reason: "the old key was seen in a log",
    plan: {
      service: "service-a",
      names: ["service-a.example.com"],
      issuer: { mount: "pki", role: "service-a" },
      ttl: "2m",
      key: "EC P-256",
      deployment: { kind: "vault-agent", mount: "kv", path: "certops/service-a" },
      instances: ["a-1", "a-2"],
      rollout: "all",
    },
    planHash: "0123456789abcdef0123456789abcdef",
    evidence: [
      { instance: "a-1", serial: "3e:0f:9a:11:22:33:44:55:66:77", generation: "g0", notAfter: now + 90_000 },
      { instance: "a-2", serial: null, generation: null, notAfter: null },
    ],
    approval: { users: ["U0EVE"], groups: ["S0PLATFORM"] },
    state,
    createdAt: now,
    expiresAt: now + 3_600_000,
    decidedBy: state === "pending" || state === "expired" ? null : "U0BEN",
    decidedAt: state === "pending" || state === "expired" ? null : now + 5_000,
    message: null,
    receipt: null,
    ...change,
  };
}

const receipt: Receipt = {
  generation: "r-abcd2345",
  instances: [
    {
      instance: "a-1",
      oldSerial: "aa:01",
      newSerial: "bb:01",
      notAfter: now + 120_000,
      servedAt: now + 6_000,
      problem: null,
    },
    {
      instance: "a-2",
      oldSerial: "aa:02",
      newSerial: null,
      notAfter: null,
      servedAt: null,
      problem: "its agent did not render",
    },
  ],
  steps: [
    { name: "requested", at: now, tookMs: 0 },
    { name: "approved", at: now + 5_000, tookMs: 5_000 },
    { name: "written", at: now + 5_100, tookMs: 100 },
    { name: "proven", at: now + 6_400, tookMs: 1_300 },
  ],
  handshakes: { tried: 61, failed: 1, causes: { ECONNRESET: 1 } },
  besides: ["cc:01"],
  notes: ["The bot was restarted meanwhile."],
  problem: "one instance did not serve it",
};

describe("an answer", () => {
  test("of a thousand certificates is a hundred pages that Slack takes, and turning them shows each once", () => {
    const all = answer({
      rows: Array.from({ length: 1_000 }, (_, index) => row(index)),
      unknown: Array.from({ length: 1_000 }, (_, index) => ({
        endpoint: `host-${index}:443`,
        serverName: `host-${index}`,
        why: "x".repeat(300),
        since: now,
      })),
      frozen: Array.from({ length: 200 }, (_, index) => aFreeze(`service-${index}`)),
    });
    const names = new Set<string>();
    for (let page = 0; page < 100; page += 1) {
      const view = answerView(all, { args: ["expiring", "30d"], page, now });
      expect(verdict(view)).toBe("taken");
      expect(shown(view)).toContain(`page ${page + 1} of 100`);
      for (const [name] of shown(view).matchAll(/service-\d+\.example\.com/g)) names.add(name);
    }
    expect(names.size).toBe(1_000);
  });

  test("carries the question and the page in its buttons, and a page past the end is the last", () => {
    const rows = Array.from({ length: 25 }, (_, index) => row(index));
    const view = answerView(answer({ rows }), { args: ["owner", "payments"], page: 1, now });
    const buttons = view.blocks.flatMap((block) => (block.type === "actions" ? block.elements : []));
    expect(buttons.map((button) => ("value" in button ? pageOf(button.value ?? "") : null))).toEqual([
      { args: ["owner", "payments"], page: 0 },
      { args: ["owner", "payments"], page: 2 },
    ]);
    const last = answerView(answer({ rows: rows.slice(0, 12) }), { args: ["expired"], page: 9, now });
    expect(shown(last)).toContain("page 2 of 2");
  });

  test.each(["", "{}", '{"args":"x","page":0}', '{"args":["expired"],"page":-1}', "not json"])(
    "no page is read from %j",
    (value) => {
      expect(pageOf(value)).toBeNull();
    },
  );

  test("with the longest names that certificates have is taken", () => {
    const long = `${"a".repeat(60)}.`.repeat(4);
    const rows = Array.from({ length: 3 }, (_, index) =>
      row(index, { names: Array.from({ length: 200 }, (_n, n) => `${long}${n}.com`) }),
    );
    for (const args of [["show", "x"], ["expiring"]])
      expect(verdict(answerView(answer({ rows }), { args, page: 0, now }))).toBe("taken");
  });

  test("never calls what is unknown healthy", () => {
    const lost = row(0);
    lost.conditions = [
      { type: "Ready", status: "Unknown", reason: "Unreachable", message: "It is out of reach.", lastTransition: now },
    ];
    expect(shown(answerView(answer({ rows: [lost] }), { args: ["expiring"], page: 0, now }))).not.toContain("✅");
    const nothing = answerView(
      answer({ unknown: [{ endpoint: "b-1", serverName: "b.test", why: "It is out of reach.", since: null }] }),
      {
        args: ["expiring"],
        page: 0,
        now,
      },
    );
    expect(shown(nothing)).not.toContain("✅");
    expect(shown(nothing)).toContain("`b-1` as `b.test`");
  });

  test("marks expired, expiring, failing and fresh apart", () => {
    const judged = (type: "Ready" | "Expiring", status: "True" | "False", reason: string) => {
      const one = row(0);
      one.conditions = [
        {
          type: "Ready",
          status: type === "Ready" ? status : "True",
          reason: type === "Ready" ? reason : "Served",
          message: "",
          lastTransition: now,
        },
        { type: "Expiring", status: type === "Expiring" ? status : "False", reason, message: "", lastTransition: now },
      ];
      return shown(answerView(answer({ rows: [one] }), { args: ["expiring"], page: 0, now }));
    };
    expect(judged("Ready", "False", "Expired")).toContain("⛔");
    expect(judged("Ready", "False", "HandshakeFailed")).toContain("❌");
    expect(judged("Expiring", "True", "Expiring")).toContain("⏳");
    expect(judged("Expiring", "False", "Fresh")).toContain("✅");
  });

  test("turning the pages shows every unknown endpoint once, whatever certificates there are", () => {
    const unknown = Array.from({ length: 25 }, (_, index) => ({
      endpoint: `host-${index}:443`,
      serverName: `host-${index}`,
      why: "Out of reach.",
      since: null,
    }));
    const pages = [0, 1, 2].map((page) =>
      shown(answerView(answer({ rows: [row(0)], unknown }), { args: ["expiring"], page, now })),
    );
    const told = pages.flatMap((page) => [...page.matchAll(/host-\d+:443/g)].map(([name]) => name));
    expect(told).toEqual(unknown.map(({ endpoint }) => endpoint));
    expect(pages.map((page) => page.includes("service-0.example.com"))).toEqual([true, false, false]);
    expect(pages.join()).not.toContain("Nothing");
  });

  test("of what certops stands on has serial, fingerprint and place, and no empty list of certificates", () => {
    const root = { ...row(0).certificate, subject: "CN=certops Root" };
    const ground: Answer["ground"] = [
      {
        name: "root",
        where: "pki/root.pem",
        certificate: root,
        notBefore: root.notBefore,
        notAfter: root.notAfter,
        problem: null,
        at: now - 2_000,
        remainingMs: root.notAfter - now,
        remainingShare: 0.5,
      },
    ];
    const view = shown(answerView(answer({ ground, asOf: null }), { args: ["show", "root"], page: 0, now }));
    for (const part of ["pki/root.pem", root.serial, root.fingerprint, "seen 2 s ago"]) expect(view).toContain(part);
    for (const part of ["Nothing", "0 certificates", "nothing was looked at"]) expect(view).not.toContain(part);
  });

  test("just now is said so", () => {
    expect(shown(answerView(answer({ asOf: now - 58 }), { args: ["expired"], page: 0, now }))).toContain(
      "seen just now",
    );
  });

  test("of an instance that should serve another generation warns", () => {
    const behind = row(0);
    behind.conditions.push({
      type: "Deployed",
      status: "False",
      reason: "OldGeneration",
      message: "a-1 still serves g0.",
      lastTransition: now,
    });
    const view = shown(answerView(answer({ rows: [behind] }), { args: ["show", "a-1"], page: 0, now }));
    expect(view).toContain("⚠️");
    expect(view).toContain("a-1 still serves g0.");
    expect(view).not.toContain("✅");
  });

  test("of nothing at all is good news only where nothing expires", () => {
    expect(shown(answerView(answer(), { args: ["owner", "x"], page: 0, now }))).not.toContain("✅");
  });

  test("of nothing at all says so only when everything could be looked at", () => {
    expect(shown(answerView(answer(), { args: ["expired"], page: 0, now }))).toContain("✅ Nothing.");
  });
});

describe("the message of a request", () => {
  const approval = { users: ["U0EVE"], groups: ["S0PLATFORM"] };
  const looks: [RequestState, RegExp][] = [
    ["pending", /Renew service-a\?/],
    ["approved", /Renewing service-a/],
    ["denied", /Denied by <@U0BEN>/],
    ["expired", /Nobody decided before/],
    ["deployed", /✅ service-a renewed/],
    ["not-served", /written, not served/],
    ["failed", /Renewal of service-a failed/],
    ["void", /no longer the one that was approved/],
  ];

  test.each(looks)("%s has its own look, and only a pending one has buttons", (state, look) => {
    const view = requestView(
      request(state, { receipt: ["deployed", "not-served", "failed"].includes(state) ? receipt : null }),
      approval,
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toMatch(look);
    expect(shown(view).includes("approve_request")).toBe(state === "pending");
    expect(view.text).toContain("service-a");
    expect(view.text).not.toContain("<!date");
  });

  test("shows plan, evidence, who may decide and until when; its buttons carry the request's id alone", () => {
    const view = requestView(request("pending"), approval);
    for (const part of [
      "service-a.example.com",
      "pki/service-a",
      "kv/certops/service-a",
      "all 2 instances at once",
      "3e:0f:9a:11",
      "not seen",
      "<!subteam^S0PLATFORM>, <@U0EVE>",
      "0123456789ab",
    ])
      expect(shown(view)).toContain(part);
    const buttons = view.blocks.flatMap((block) => (block.type === "actions" ? block.elements : []));
    expect(buttons.map((button) => "value" in button && button.value)).toEqual(["r-abcd2345", "r-abcd2345"]);
  });

  test("as a receipt has serials per instance, steps, handshakes and what was issued besides", () => {
    const view = shown(requestView(request("not-served", { receipt }), approval));
    for (const part of [
      "`aa:01` → `bb:01`",
      "its agent did not render",
      "61 tried, *1 failed*: `ECONNRESET` × 1",
      "requested → approved 5.0 s → written 100 ms → proven 1.3 s  (*1.4 s* from the click)",
      "The bot was restarted meanwhile.",
      "`cc:01`",
      "one instance did not serve it",
    ])
      expect(view).toContain(part);
  });

  test("names who may decide now, also when that is nobody", () => {
    const view = (approvers: typeof approval) => shown(requestView(request("pending"), approvers));
    expect(view({ users: ["U0ZOE"], groups: [] })).toContain("<@U0ZOE> may decide until");
    expect(view({ users: [], groups: [] })).toContain("nobody may decide until");
  });

  test("where nothing was written has the reason and the next step, no instances, steps or handshakes", () => {
    const nothing = { ...receipt, instances: [], steps: [], handshakes: { tried: 0, failed: 0, causes: {} } };
    const problem = "The plan moved since it was asked for: ttl: 2m is now 3m.";
    for (const state of ["void", "failed"] as const) {
      const view = shown(requestView(request(state, { receipt: { ...nothing, problem } }), approval));
      expect(view).toContain(problem);
      expect(view).toContain("Ask again with `/cert renew service-a`");
      expect(view).not.toMatch(/Instances|Handshakes|Steps|none/);
    }
    const undecided = { decidedBy: null, decidedAt: null, receipt: { ...nothing, problem } };
    const view = shown(requestView(request("void", undecided), approval));
    expect(view).toContain("no longer the one that was asked for");
    expect(view).not.toContain("Approved");
  });

  test("written and not served says what becomes of it", () => {
    const view = shown(requestView(request("not-served", { receipt }), approval));
    expect(view).toContain("It stays written: whoever comes back serves it.");
    const late = { ...receipt, servedLateAt: now };
    const later = shown(requestView(request("not-served", { receipt: late }), approval));
    expect(later).toContain("Now served by all since");
    expect(later).not.toContain("whoever comes back");
  });

  test("with a reason full of markup mentions nobody, and a thousand instances fit", () => {
    const instances = Array.from({ length: 1_000 }, (_, index) => `instance-${index}`);
    const evidence = instances.map((instance) => ({ instance, serial: hex(40, 7), generation: "g0", notAfter: now }));
    const view = requestView(
      request("pending", {
        reason: `<!channel> ${"x".repeat(480)} \``,
        evidence,
        plan: { ...request("pending").plan, instances },
      }),
      approval,
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).not.toContain("<!channel>");
    expect(shown(view)).toContain("…and");
  });
});

describe("other messages", () => {
  test.each([
    ["sealed", /⚠️ Vault is sealed: once approved, the renewal waits for it up to 60 s, then fails/],
    ["down", /⚠️ Vault is down/],
  ] as const)("what was asked for while Vault is %s says so", (state, warning) => {
    const proposed = (vault: VaultHealth | null) =>
      shown(
        outcomeView(
          { kind: "proposed", request: request("pending"), vault },
          { args: ["renew"], page: 0, now, channel: "C0CERTS" },
        ),
      );
    expect(proposed({ state, why: "It says so." })).toMatch(warning);
    expect(proposed({ state: "ok", why: null })).not.toContain("⚠️");
    expect(proposed(null)).not.toContain("⚠️");
  });

  test("a refusal turns ids into mentions and nothing else", () => {
    const view = refusalView({
      refused: true,
      code: "not-approver",
      message: "You may not, says <b>.",
      hint: "Ask U0BEN or a member of S0PLATFORM, not SERVICE.",
    });
    expect(shown(view)).toContain("Ask <@U0BEN> or a member of <!subteam^S0PLATFORM>, not SERVICE.");
    expect(shown(view)).toContain("&lt;b&gt;");
    expect(verdict(view)).toBe("taken");
  });

  test("why of a hundred endpoints, and a title longer than Slack has room for, are taken", () => {
    const endpoint = {
      id: "a/b",
      service: null,
      instance: "b",
      host: "h",
      port: 1,
      serverName: "h",
      protocol: "tls",
      admin: null,
    } as const;
    const observation = { endpoint: "a/b", at: now, fingerprint: null, chain: [], problem: null, tookMs: 1 };
    const one: EndpointWhy = {
      endpoint,
      observation,
      certificate: null,
      verdict: "out of reach",
      code: "ECONNREFUSED",
      side: "network",
      cause: "c",
      fix: "f",
      refusals: [],
      complaint: null,
      lagging: null,
    };
    const why = { endpoints: Array.from({ length: 100 }, () => one), frozen: [] };
    const view = outcomeView(
      { kind: "why", name: "n".repeat(400), why },
      { args: ["why"], page: 0, now, channel: "C0CERTS" },
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("more parts");
  });

  const endpoint = anEndpoint("a-1");
  const observation = aLook(endpoint.id, null, {
    problem: { code: "X", side: "network", cause: "Gone.", fix: "Mend." },
  });

  test("why of an instance with an old generation gives it no green tick, and says what a freeze does not stop", () => {
    const one: EndpointWhy = {
      endpoint,
      observation,
      certificate: null,
      verdict: "healthy",
      code: null,
      side: null,
      cause: null,
      fix: null,
      refusals: [],
      complaint: null,
      lagging: "a-1 still serves g0; r-abcd2345 is written.",
    };
    const view = shown(whyView("service-a", { endpoints: [one], frozen: [aFreeze("service-a")] }, now));
    expect(view).toContain("with an old generation");
    expect(view).toContain("a-1 still serves g0; r-abcd2345 is written.");
    expect(view).toContain("*service-a* frozen by <@U0ANA>: certops starts nothing there");
    expect(view).toContain("leaves go on renewing by themselves");
    expect(view).not.toContain("✅");
    const well = shown(whyView("service-a", { endpoints: [{ ...one, lagging: null }], frozen: [] }, now));
    expect(well).toContain("✅");
  });

  test("the chain of an endpoint out of reach is the cause; of two, each its own", () => {
    const chain = (cause: string): ServedChain => ({
      endpoint,
      observation: { ...observation, problem: { code: "X", side: "network", cause, fix: "Mend." } },
      report: { links: [], problems: [{ code: "empty", subject: null, cause: "No certificate.", fix: "See why." }] },
      frozen: [aFreeze("*")],
    });
    const view = shown(chainView("service-a", [chain("Gone."), chain("Silent.")]));
    expect(view).toContain("*Cause:* Gone. *Fix:* Mend.");
    expect(view).toContain("*Cause:* Silent.");
    expect(view.match(/everything\* frozen/g)).toHaveLength(1);
  });

  test("a trace of a thousand rows is cut, and says so", () => {
    const trace: Trace = {
      id: "r-abcd2345",
      rows: Array.from({ length: 1_000 }, (_, index) => ({
        at: now + index * 10,
        source: "agent a-1",
        text: "y".repeat(400),
        detail: {},
      })),
      missing: [{ source: "vault audit", why: "the file cannot be read" }],
      frozen: [aFreeze("service-a")],
    };
    const view = traceView(trace);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("more");
    expect(shown(view)).toContain(`<!date^${now / 1_000}^{date_short_pretty} {time_secs}|`);
    expect(shown(view)).toContain("*service-a* frozen by");
  });

  test("Vault's outage tells who expires first and when", () => {
    const payload = {
      type: "vault",
      state: "sealed",
      since: now,
      until: null,
      why: "It is sealed.",
      first: { service: "service-a", instance: "a-1", endpoint: "service-a/a-1", serial: "aa", notAfter: now + 60_000 },
    };
    const view = noticeView({ payload }, now + 27_000);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("The first to expire is `service-a/a-1`: *in 33 s* (at <!date^");
    expect(view.text).toContain("service-a/a-1: in 33 s (at 2026-11-22 09:01:00 UTC)");
    expect(shown(view).match(/sealed/g)).toHaveLength(2);
    expect(shown(noticeView({ payload }, now + 90_000))).toContain(
      "The first has expired: `service-a/a-1`, *30 s ago*",
    );
    const down = noticeView({ payload: { ...payload, state: "down", why: "It does not answer." } }, now);
    expect(shown(down)).toContain("until it is back. It does not answer.");
    const back = noticeView({ payload: { ...payload, state: "back", until: now + 61_000, first: null } }, now);
    expect(shown(back)).toContain("after 1 m 1 s");
  });

  test("a digest of thousands is taken", () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => ({
      name: `n${index}.example.com`,
      owner: "payments",
      endpoints: ["a/b"],
      serial: "aa",
      notAfter: now,
    }));
    const digest: Digest = {
      type: "digest",
      at: now,
      within: "within 30 d",
      expired: lines,
      expiring: lines,
      failing: lines.map((line) => ({ ...line, why: "w".repeat(300) })),
      unknown: [],
      ground: [],
      frozen: [aFreeze("*")],
    };
    const view = noticeView({ payload: { ...digest } }, now);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("*everything* frozen by <@U0ANA>");
  });

  test("what somebody else wrote becomes no link and no mention, and hides nothing", () => {
    const reason = "see evil.example <!channel> <@U0ANA> \u202Egnp\u202C\u0007";
    const payload = { type: "freeze", state: "freeze", scope: "service-a", by: "U0BEN", reason };
    const view = noticeView({ payload }, now);
    expect(verdict(view)).toBe("taken");
    expect(view.blocks).toMatchObject([{ text: { type: "mrkdwn", verbatim: true } }]);
    expect(shown(view)).toContain(
      "<@U0BEN> froze *service-a*: see evil.example &lt;!channel&gt; &lt;@U0ANA&gt; gnp\\ncertops starts no renewal there",
    );
    expect(view.text).toContain("<@U0BEN> froze service-a: see evil.example &lt;!channel&gt; &lt;@U0ANA&gt; gnp");
  });

  test("a fallback text is markup to Slack as well: of raw words none pings anybody", () => {
    const { text } = outcomeView(
      {
        kind: "help",
        unknown: { typed: "<!channel>\u202E & <!subteam^S0PLATFORM> <https://x.example|y>", meant: null },
      },
      { args: [], page: 0, now, channel: "C0CERTS" },
    );
    expect(text).toContain(
      "&lt;!channel&gt; &amp; &lt;!subteam^S0PLATFORM&gt; &lt;https://x.example|y&gt; is not a command.",
    );
  });

  test("every text in markup is verbatim", () => {
    const views = [
      requestView(request("not-served", { receipt }), { users: ["U0EVE"], groups: [] }),
      answerView(answer({ rows: [row(0)] }), { args: ["show"], page: 0, now }),
    ];
    const marked: object[] = [];
    JSON.stringify(views, (_key, value: unknown) => {
      if (typeof value === "object" && value !== null && "type" in value && value.type === "mrkdwn") marked.push(value);
      return value;
    });
    expect(marked.length).toBeGreaterThan(10);
    for (const text of marked) expect(text).toMatchObject({ verbatim: true });
  });

  test("help names every command, and what was probably meant", () => {
    const view = outcomeView(
      { kind: "help", unknown: { typed: "expirng", meant: "expiring" } },
      { args: [], page: 0, now, channel: "C0CERTS" },
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("Did you mean `/cert expiring`?");
  });
});
