import { describe, expect, test } from "vitest";
import { tellReason } from "../../bot/domain/revocation/reason.ts";
import { pendingRow } from "../../bot/slack/views/home-requests.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { aCommit, anEndpoint, aStore } from "../support/renewal-fixtures.ts";
import { aRevocationWorld, look, propose, revocationIn, revoke } from "../support/revocation-world.ts";
import { shown, verdict } from "../support/view-fixtures.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";

const aRevocable = async () => aRevocationWorld(await aStore(Date.now));
const at = { now: Date.now(), configured: true };

describe("asking for a revocation", () => {
  test("opens a request with the serials, who serves them, and that they are renewed first", async () => {
    const of = await aRevocable();
    const asked = await propose(of);
    if (isRefusal(asked)) throw new Error(asked.message);
    const [one, two] = [of.world.instances["a-1"]?.serial ?? "", of.world.instances["a-2"]?.serial ?? ""];
    expect(asked).toMatchObject({
      id: expect.stringMatching(/^v-[a-z2-7]{8}$/),
      plan: { target: { kind: "service" }, reason: "key-compromise", serials: [one, two].toSorted() },
      evidence: { leftOut: [], holders: ["service-a/a-1", "service-a/a-2"] },
    });
    expect(await revocationIn(of.store, asked.id)).toEqual(asked);
    const view = requestView(asked, at);
    expect(verdict(view)).toBe("taken");
    for (const part of [
      one,
      two,
      "served by `a-1`",
      "Renewed first",
      "Will refuse them",
      "key-compromise (1)",
      "approve_request",
    ]) {
      expect(shown(view)).toContain(part);
    }
  });

  test("says who meets it, by what they tell themselves, else as declared", async () => {
    const of = await aRevocable();
    const { service } = of.world;
    const now = Date.now();
    const admin = "http://127.0.0.1:9/";
    const other = (name: string) => ({
      ...service,
      name,
      names: [`${name}.example.com`],
      endpoints: [anEndpoint("one", { id: `${name}/one`, service: name, admin })],
    });
    const services = [
      { ...service, callers: ["the nightly export"] },
      other("billing"),
      other("ledger"),
      other("idle"),
    ];
    const needs = { ...of.needs, services: new Map(services.map((one) => [one.name, one])) };
    const peer = (name: string, lastAt = now) => ({ name: `${name}.example.com`, lastAt });
    of.peers.set("service-a/a-1", { callers: [peer("billing"), peer("certops-bot")], calls: [peer("billing")] });
    of.peers.set("ledger/one", { callers: [peer("service-a")], calls: [] });
    of.peers.set("idle/one", { callers: [peer("service-a", now - 2 * 86_400_000)], calls: [] });
    const asked = await propose({ ...of, needs });
    if (isRefusal(asked)) throw new Error(asked.message);
    expect(asked.evidence.meets).toMatchObject({
      callers: [
        { name: "billing", how: "seen" },
        { name: "the nightly export", how: "declared" },
      ],
      calls: [
        { name: "billing", how: "seen" },
        { name: "ledger", how: "seen" },
      ],
    });
    const view = requestView(asked, at);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toContain("*billing*, *the nightly export* (as declared): they refuse an instance");
    const row = JSON.stringify(pendingRow({ request: asked, turn: "you" }, at));
    expect(row.split(tellReason("key-compromise"))).toHaveLength(2);
    expect(shown(view)).toContain("*billing*, *ledger*: whoever still calls them with one is refused");
  });

  test("knows what was served before, and what was issued and never seen", async () => {
    const of = await aRevocable();
    const old = Object.values(of.world.instances).map(({ serial }) => serial);
    const kv = { kind: "vault-agent", mount: "kv", path: "" } as const;
    const agent = of.world.instances["a-1"];
    if (agent) agent.asks = 2;
    await of.world.vault.generations.write(kv, { "a-1": "g1", "a-2": "g0" }, 1);
    await expect.poll(() => agent?.serial).not.toBe(old[0]);
    await look(of);
    const asked = await propose(of);
    if (isRefusal(asked)) throw new Error(asked.message);
    expect(asked.plan.serials).toEqual([...old, agent?.serial ?? ""].toSorted());
    expect(asked.evidence.leftOut).toMatchObject([{ why: "was issued, and never seen at its instances" }]);
  });

  test.each([
    [{ target: "serivce-a" }, "unknown-target"],
    [{ reason: "keys" }, "unknown-reason"],
    [{ reason: undefined }, "missing-argument"],
    [{ target: "aa:bb:cc:dd:ee" }, "not-found"],
    [{ text: "x".repeat(501) }, "reason-too-long"],
  ])("%o is refused: %s", async (changes, code) => {
    expect(await propose(await aRevocable(), changes)).toMatchObject({ code });
  });

  test("is refused while another one is open, or the service is frozen; cut off and run again it is the same", async () => {
    const of = await aRevocable();
    const asked = await propose(of);
    expect(await propose(of, { requester: "U0CHEN" })).toMatchObject({ code: "already-open" });
    expect(await propose(of, { since: Date.now() - 60_000 })).toEqual(asked);
    const frozen = await aRevocable();
    const freeze = { scope: "service-a", by: "U0ANA", reason: "audit", at: Date.now() };
    await frozen.store.freezes.freeze(freeze, aCommit("freeze", "service-a", Date.now()));
    expect(await propose(frozen)).toMatchObject({ code: "frozen" });
  });

  test("one that was issued a moment ago, and not read from Vault's list yet, is asked for there", async () => {
    const of = await aRevocable();
    await of.store.db
      .updateTable("certificates" as never)
      .set({ issued_at: null } as never)
      .execute();
    expect(await propose(of)).toMatchObject({ kind: "revocation" });
    of.world.vault.certificates.length = 0;
    expect(await propose(of, { requester: "U0CHEN", target: "a-1" })).toMatchObject({ code: "not-to-be-renewed" });
  });
});

test("the message becomes the receipt, in every state a message that Slack takes", async () => {
  const of = await aRevocable();
  const asked = await propose(of);
  if (isRefusal(asked)) throw new Error(asked.message);
  const looks: [string, RegExp][] = [
    ["approved", /Revoking what service-a served.*First `r-/],
    ["denied", /Denied by/],
    ["expired", /Nobody decided before/],
    ["failed", /Revocation for service-a failed/],
    ["void", /no longer the one that was/],
    ["not-held", /revoked, not refused everywhere/],
  ];
  for (const [state, words] of looks) {
    const view = requestView({ ...asked, state: state as "failed", decidedBy: "U0BEN", decidedAt: Date.now() }, at);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).toMatch(words);
  }
  const ended = await revoke(await aRevocable());
  const receipt = shown(requestView(ended, at));
  for (const part of [
    "2 old certificates revoked",
    "⛔ revoked",
    "its list names them since",
    "Renewed first",
    "renewed everywhere",
    ended.id,
  ]) {
    expect(receipt).toContain(part);
  }
});
