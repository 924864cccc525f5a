import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { now, hex, verdict, shown, request, receipt } from "../support/view-fixtures.ts";

describe("the message of a request", () => {
  const at = { now, configured: true };
  const looks: [RenewalRequest["state"], RegExp][] = [
    ["pending", /Renew service-a\?/],
    ["approved", /Renewing service-a/],
    ["denied", /Denied by <@U0BEN>/],
    ["withdrawn", /Withdrawn by <@U0BEN>/],
    ["expired", /Nobody decided before/],
    ["deployed", /✅ service-a renewed/],
    ["not-served", /written, not served/],
    ["failed", /Renewal of service-a failed/],
    ["void", /no longer the one that was approved/],
  ];

  test.each(looks)("%s has its own look, and only a pending one has buttons", (state, look) => {
    const view = requestView(
      request(state, { receipt: ["deployed", "not-served", "failed"].includes(state) ? receipt : null }),
      at,
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toMatch(look);
    expect(shown(view).includes("approve_request")).toBe(state === "pending");
    expect(view.text).toContain("service-a");
    expect(view.text).not.toContain("<!date");
  });

  test("shows plan, evidence, who may decide and until when; its buttons carry the request's id alone", () => {
    const view = requestView(request("pending"), at);
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
    expect(buttons.map((button) => "value" in button && button.value)).toEqual(["r-abcd2345", "r-abcd2345", false]);
  });

  test("as a receipt has serials per instance, steps, handshakes and what was issued besides", () => {
    const view = shown(requestView(request("not-served", { receipt }), at));
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
    const zoe = request("pending", { approval: byRole("zoe", { users: ["U0ZOE"], deadlineMs: 3_600_000 }) });
    expect(shown(requestView(zoe, at))).toContain("<@U0ZOE> may decide until");
    expect(shown(requestView(zoe, { ...at, configured: false }))).toContain("nobody may decide until");
  });

  test("says that approving takes a passkey, also where that is so only since it was asked for", () => {
    const pending = request("pending");
    const said = "approving takes a passkey";
    expect(shown(requestView(pending, at))).not.toContain(said);
    expect(shown(requestView({ ...pending, approval: { ...pending.approval, stepUp: "passkey" } }, at))).toContain(
      said,
    );
    const stricter = { ...pending.approval, stepUp: "passkey" as const };
    expect(shown(requestView(pending, { ...at, approval: stricter }))).toContain(said);
  });

  test("where nothing was written has the reason and the next step, no instances, steps or handshakes", () => {
    const nothing = { ...receipt, instances: [], steps: [], handshakes: { tried: 0, failed: 0, causes: {} } };
    const problem = "The plan moved since it was asked for: ttl: 2m is now 3m.";
    for (const state of ["void", "failed"] as const) {
      const view = shown(requestView(request(state, { receipt: { ...nothing, problem } }), at));
      expect(view).toContain(problem);
      expect(view).toContain("Ask again with `/cert renew service-a`");
      expect(view).not.toMatch(/Instances|Handshakes|Steps|none/);
    }
    const undecided = { decidedBy: null, decidedAt: null, receipt: { ...nothing, problem } };
    const view = shown(requestView(request("void", undecided), at));
    expect(view).toContain("no longer the one that was asked for");
    expect(view).not.toContain("Approved");
  });

  test("written and not served says what becomes of it", () => {
    const view = shown(requestView(request("not-served", { receipt }), at));
    expect(view).toContain("It stays written: whoever comes back serves it.");
    const late = { ...receipt, servedLateAt: now };
    const later = shown(requestView(request("not-served", { receipt: late }), at));
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
      at,
    );
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).not.toContain("<!channel>");
    expect(shown(view)).toContain("…and");
  });
});
