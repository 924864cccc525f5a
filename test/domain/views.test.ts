import { describe, expect, test } from "vitest";
import type { Digest, DigestLine } from "../../bot/domain/digest.ts";
import type { Trace } from "../../bot/domain/trace.ts";
import type { EndpointWhy } from "../../bot/operations/explain-why.ts";
import type { ServedChain } from "../../bot/operations/explain-chain.ts";
import { answerView } from "../../bot/slack/views/answer.ts";
import { chainView } from "../../bot/slack/views/chain.ts";
import { noticeView } from "../../bot/slack/views/notice.ts";
import type { VaultHealth } from "../../bot/domain/vault-health.ts";
import { outcomeView } from "../../bot/slack/views/outcome.ts";
import { refusalView } from "../../bot/slack/views/refusal.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { traceView } from "../../bot/slack/views/trace.ts";
import { whyView } from "../../bot/slack/views/why.ts";
import { aFreeze, aLook } from "../support/inventory-fixtures.ts";
import { anEndpoint } from "../support/renewal-fixtures.ts";
import { now, row, answer, verdict, shown, request, receipt } from "../support/view-fixtures.ts";

const noCalls = { refusedCalls: [], meshProblem: null, missing: [], schedulerProblem: null };

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
      away: null,
    };
    const why = { endpoints: Array.from({ length: 100 }, () => one), frozen: [], ...noCalls };
    const view = outcomeView(
      { kind: "why", name: "n".repeat(400), why, hidden: [] },
      { args: ["why"], page: 0, now, channel: "C0CERTS" },
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("more parts");
  });

  test("why of an instance that is listed nowhere says where it should run", () => {
    const missing = [{ id: "service-a/a-1", why: "Its node nomad-2 is down." }];
    const why = { endpoints: [], frozen: [], ...noCalls, missing };
    const view = whyView("a-1", why, now);
    expect(view.text).toContain("Why a-1 fails: 1 endpoint of 1 failing. service-a/a-1: Its node nomad-2 is down.");
    expect(shown(view)).toContain("❌ `service-a/a-1`  *does not run*");
    const unasked = shown(whyView("a-1", { ...why, schedulerProblem: "Nomad has no leader." }, now));
    expect(unasked).toContain("❔ Where its instances run is not known: Nomad has no leader.");
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
      away: null,
    };
    const view = shown(whyView("service-a", { endpoints: [one], frozen: [aFreeze("service-a")], ...noCalls }, now));
    expect(view).toContain("with an old generation");
    expect(view).toContain("a-1 still serves g0; r-abcd2345 is written.");
    expect(view).toContain("*service-a* frozen by <@U0ANA>: certops starts nothing there");
    expect(view).toContain("leaves go on renewing by themselves");
    expect(view).not.toContain("✅");
    const well = shown(whyView("service-a", { endpoints: [{ ...one, lagging: null }], frozen: [], ...noCalls }, now));
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
    const line = (index: number, state: DigestLine["state"]): DigestLine => ({
      state,
      level: "7 d",
      name: `n${index}.example.com`,
      owner: "payments",
      subject: "a",
      endpoints: ["a/b"],
      serial: "aa",
      notAfter: now,
      why: "w".repeat(300),
    });
    const silence = { since: now, count: 1_000, endpoints: ["a/b"], isNew: true, why: "w".repeat(300) };
    const digest: Digest = {
      type: "digest",
      at: now,
      since: now - 86_400_000,
      within: "within 30 d",
      counts: { expired: 1_000, expiring: 1_000, failing: 1_000, silent: 1_000, watched: 9_000 },
      owners: (["expired", "expiring", "failing"] as const).map((state) => ({
        owner: state,
        lines: Array.from({ length: 1_000 }, (_, index) => line(index, state)),
      })),
      silent: Array.from({ length: 100 }, () => silence),
      resolved: Array.from({ length: 100 }, (_, index) => `n${index}.example.com`),
      unchanged: 12,
      snoozed: 3,
      ground: [],
      frozen: [aFreeze("*")],
    };
    const view = noticeView({ payload: { ...digest } }, now);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("*everything* frozen by <@U0ANA>");
    expect(shown(view)).toContain("1000 of 9000 endpoints not known to be well");
    expect(shown(view)).toMatch(/1000 endpoints not reached since <!date/);
  });

  test("what somebody else wrote becomes no link and no mention, and hides nothing", () => {
    const reason = "see evil.example <!channel> <@U0ANA> \u202Egnp\u202C\u0007";
    const payload = { type: "freeze", state: "freeze", scope: "service-a", by: "U0BEN", reason };
    const view = noticeView({ payload }, now);
    expect(verdict(view)).toBe("taken");
    expect(view.blocks).toMatchObject([{ text: { type: "mrkdwn", verbatim: true } }]);
    expect(shown(view)).toContain(
      "<@U0BEN> froze *service-a*: see evil.example &lt;!channel&gt; &lt;@U0ANA&gt; gnp\\ncertops starts nothing there",
    );
    expect(view.text).toContain("<@U0BEN> froze service-a: see evil.example &lt;!channel&gt; &lt;@U0ANA&gt; gnp");
  });

  test("a fallback text is markup to Slack as well: of raw words none pings anybody", () => {
    const { text } = outcomeView(
      {
        kind: "help",
        command: "/cert",
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
      requestView(request("not-served", { receipt }), { now, configured: true }),
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
      { kind: "help", command: "/cert", unknown: { typed: "expirng", meant: "/cert expiring" } },
      { args: [], page: 0, now, channel: "C0CERTS" },
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("Did you mean `/cert expiring`?");
  });
});
