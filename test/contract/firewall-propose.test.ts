import { beforeEach, describe, expect, test } from "vitest";
import { isRefusal, refuse } from "../../bot/domain/refusal.ts";
import { Failure } from "../../bot/errors.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { checkWish } from "../../bot/operations/firewall/check-wish.ts";
import { proposeAccess } from "../../bot/operations/firewall/propose-access.ts";
import { proposeRemoval } from "../../bot/operations/firewall/propose-removal.ts";
import { proposeRule } from "../../bot/operations/firewall/propose-rule.ts";
import type { WishFields } from "../../bot/domain/firewall/wish.ts";
import { askForRule, ruleInForce } from "../support/firewall-asking.ts";
import { aFirewallGround, carriedOut, type FirewallGround, opened } from "../support/firewall-desk.ts";
import { addresses, aRule, dayMs, someFields } from "../support/firewall-fixtures.ts";
import { t0 } from "../support/renewal-fixtures.ts";

let ground: FirewallGround;
beforeEach(async () => {
  ground = await aFirewallGround();
});

const asking = { requester: "U0ANA", reason: "no longer needed" };

describe("asking that a rule be opened", () => {
  test("opens a pending request with the plan, the addresses, the risk and the owner beside it", async () => {
    const request = opened(await askForRule(ground, { ticket: "OPS-1" }));
    expect(request).toMatchObject({
      kind: "firewall",
      id: expect.stringMatching(/^f-[a-z2-7]{8}$/),
      state: "pending",
      requester: "U0ANA",
      reason: "the nightly export",
      plan: {
        action: "open",
        rule: aRule(),
        owner: "U0ANA",
        ticket: "OPS-1",
        startsAt: null,
        until: t0 + 90 * dayMs,
        addresses,
      },
      evidence: { terraform: "Plan: 1 to add, 0 to change, 1 to destroy.", risk: { level: "low" }, overlap: null },
      expiresAt: t0 + 3_600_000,
    });
    expect(await ground.store.requests.find(request.id)).toEqual(request);
    expect(await ground.store.outbox.claim(t0, 1_000)).toMatchObject({ kind: "request", subject: request.id });
    expect((await ground.store.audit.about(request.id))[0]).toMatchObject({
      action: "request.pending",
      detail: { reason: "the nightly export" },
    });
  });

  test.each<[Partial<WishFields>, object, object]>([
    [{ from: "10.81.1.7" }, { cidrs: ["10.81.1.7/32"] }, { "service-b": ["10.81.3.2"] }],
    [{ from: "10.81.1.8, 10.81.1.7" }, { cidrs: ["10.81.1.7/32", "10.81.1.8/32"] }, { "service-b": ["10.81.3.2"] }],
    [{ from: "10.81.1.0/24" }, { cidrs: ["10.81.1.0/24"] }, { "service-b": ["10.81.3.2"] }],
    [{ from: "management" }, { cidrs: ["10.81.1.0/24"] }, { "service-b": ["10.81.3.2"] }],
    [{ from: "db.example.com", to: "service-a" }, { cidrs: ["10.81.3.2/32"] }, { "service-a": ["10.81.2.2"] }],
  ])("%j is a source", async (changes, from, its) => {
    ground.policy = { ...ground.policy, unproven: true };
    expect(opened(await askForRule(ground, changes)).plan).toMatchObject({ rule: { from }, addresses: its });
  });

  test.each<[Partial<WishFields>, string, string]>([
    [{ from: "servce-a" }, "unknown-name", "Neither a service of Consul's catalog nor a zone is called servce-a."],
    [{ from: "," }, "bad-name", ", is no name of a service."],
    [{ to: "idle" }, "no-instances", "idle has no healthy instance in Consul."],
    [{ to: "nowhere.example.com" }, "unknown-host", "nowhere.example.com has no IPv4 address."],
    [{ to: "10.81.3.2/24" }, "bad-address", "10.81.3.2/24 is not the address of a network."],
    [{ to: "192.0.2.1" }, "no-zone", "192.0.2.1 lies in no zone of certops.yaml."],
    [{ to: "service-a" }, "same-end", "service-a needs no leave to reach itself."],
    [{ to: "10.81.2.9" }, "same-zone", "service-a and 10.81.2.9/32 are both in the zone application."],
    [{ from: "outside" }, "zones-apart", "The zones outside and database may never meet."],
    [{ ports: "tcp/23" }, "forbidden-port", "Port 23 may not be opened."],
    [{ ports: "tcp/1-100" }, "forbidden-port", "Among 1-100 is a port that may not be opened."],
    [{ ports: "tcp/8000-8100" }, "range-too-large", "8000-8100 are 101 ports, and one rule may open 16 at most."],
    [{ valid: "400d" }, "too-long", "It would be open for 400 d; the longest is 365 d."],
    [{ reason: "x".repeat(501) }, "reason-too-long", "The reason has 501 characters."],
    [{ reason: "" }, "missing-argument", "Why?"],
  ])("%j is refused before anybody is asked: %s", async (changes, code, message) => {
    expect(await askForRule(ground, changes)).toMatchObject({ refused: true, code, message });
    expect(ground.learnt).toEqual([]);
    expect(await ground.store.requests.list({})).toEqual([]);
  });

  test("what no packet could show is refused with why; where certops.yaml allows it, the approver is told", async () => {
    const far = { from: "10.81.1.7" };
    expect(await askForRule(ground, far)).toMatchObject({
      code: "unprovable",
      message:
        "It would be taken back at once, for no packet could show that it is open. No prober stands at 10.81.1.7/32: nobody could try it from there.",
    });
    ground.policy = { ...ground.policy, unproven: true };
    expect(opened(await askForRule(ground, far)).plan).toMatchObject({
      unproven: expect.stringContaining("No prober stands at"),
    });
    expect(opened(await askForRule(ground, { ports: "tcp/8450" })).plan).not.toHaveProperty("unproven");
  });

  test("a whole network is asked for where a host in it is known", async () => {
    expect(opened(await askForRule(ground, { to: "database" })).plan).not.toHaveProperty("unproven");
    ground.catalog["service-b"] = [];
    expect(await askForRule(ground, { to: "10.81.3.0/24", ports: "tcp/8450" })).toMatchObject({ code: "unprovable" });
  });

  test.each(['service-b"', "${1}", "firewall/seal", "a;b", "a`id`", "x\ny", "<!channel>"])(
    "%j is no name: a sentence says so, and nothing of it goes on",
    async (to) => {
      expect(await askForRule(ground, { to })).toMatchObject({
        refused: true,
        message: expect.stringMatching(/is no name of a service\.$|is no IPv4 address|is called/),
      });
      expect(await ground.store.requests.list({})).toEqual([]);
    },
  );

  test("several things that are wrong are told together", async () => {
    const refusals = await checkWish(ground.needs, someFields({ from: "servce-a", to: "idle" }));
    expect(refusals).toMatchObject([{ field: "from" }, { field: "to" }]);
  });

  test("what is allowed already is refused with the rule that allows it and a packet that shows it", async () => {
    const { id } = await ruleInForce(ground);
    expect(await askForRule(ground)).toMatchObject({
      code: "already-allowed",
      message: `${id} allows exactly this already: tcp 10.81.2.2 → 10.81.3.2 port 8443 goes through, and for 90 d more.`,
      hint: `See it: /firewall show ${id}. Longer: /firewall extend ${id} 90d`,
    });
  });

  test("what a wider rule allows, or several together, is refused too", async () => {
    const { id: wide } = await ruleInForce(ground, { from: "application", ports: "tcp/8440-8444" });
    expect(await askForRule(ground)).toMatchObject({
      code: "already-allowed",
      message: `${wide} allows all of this already: tcp 10.81.2.2 → 10.81.3.2 port 8443 goes through, and for 90 d more.`,
    });
    const { id: next } = await ruleInForce(ground, { ports: "tcp/8445-8449" });
    expect(await askForRule(ground, { ports: "tcp/8442-8446" })).toMatchObject({
      code: "already-allowed",
      message: expect.stringMatching(
        new RegExp(`^(${wide}, ${next}|${next}, ${wide}) together allow all of this already: `),
      ),
    });
  });

  test("what is allowed in part is asked for, and the packet that goes through already is beside it", async () => {
    const { id } = await ruleInForce(ground);
    expect(opened(await askForRule(ground, { ports: "tcp/8443-8444" })).evidence.overlap).toEqual({
      how: "overlapping",
      by: [id],
      packet: { protocol: "tcp", from: "10.81.2.2", to: "10.81.3.2", port: 8443 },
    });
  });

  test("what was closed may be asked for again", async () => {
    const { id } = await ruleInForce(ground);
    ground.now += 1_000;
    const removal = opened(await proposeRemoval(ground.needs, { rule: id, ...asking }));
    await carriedOut(ground.store, removal, ground.now);
    expect(opened(await askForRule(ground))).toMatchObject({ state: "pending" });
  });

  test("of ten who ask for the same at once one gets it; another port is another rule", async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => askForRule(ground)));
    expect(asked.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(asked.find(isRefusal)).toMatchObject({ code: "already-open" });
    expect(opened(await askForRule(ground, { ports: "tcp/8444" }))).toMatchObject({ state: "pending" });
  });

  test("asked again after a cut-off, it is the one they asked for before", async () => {
    const first = opened(await askForRule(ground));
    const again = await proposeRule(ground.needs, { fields: someFields(), requester: "U0ANA", since: t0 - 1 });
    expect(again).toEqual(first);
  });

  test("a freeze of a service it names stands in the way, and Terraform is not asked", async () => {
    await freeze({ ...ground.store, clock: () => t0 }, { scope: "service-b", user: "U0BEN", reason: "audit week" });
    expect(await askForRule(ground)).toMatchObject({ code: "frozen" });
    expect(ground.learnt).toEqual([]);
  });

  test("a plan that is refused opens nothing", async () => {
    ground.learns = refuse("cts-down", "CTS does not answer.", "See whether it runs.");
    expect(await askForRule(ground)).toMatchObject({ code: "cts-down" });
    expect(await ground.store.requests.list({})).toEqual([]);
  });

  test("a Consul that does not answer is a refusal with what to do", async () => {
    ground.consulIs = new Failure("consul-down", "Consul cannot be reached.", "See whether it runs.");
    expect(await askForRule(ground)).toMatchObject({
      refused: true,
      code: "consul-down",
      hint: "See whether it runs.",
    });
  });

  test("the time to decide begins when the plan is known", async () => {
    const slow = {
      ...ground.needs,
      learn: async () => {
        ground.now += 30_000;
        return ground.learns;
      },
    };
    const request = opened(await proposeRule(slow, { fields: someFields(), requester: "U0ANA" }));
    expect(request).toMatchObject({ createdAt: t0 + 30_000, expiresAt: t0 + 30_000 + 3_600_000 });
  });
});

describe("access for certops itself", () => {
  test("is asked for from its own address to that host and port alone, for a week", async () => {
    const asked = await proposeAccess(ground.needs, { host: "10.81.3.2", port: 8443, requester: "U0ANA" });
    expect(opened(asked)).toMatchObject({
      reason: "certops cannot look at the certificate of 10.81.3.2:8443: the firewall is in the way",
      plan: {
        action: "open",
        rule: aRule({ from: { cidrs: ["10.81.1.2/32"] }, to: { cidrs: ["10.81.3.2/32"] } }),
        owner: "U0ANA",
        until: t0 + 7 * dayMs,
        addresses: {},
      },
    });
  });
});
