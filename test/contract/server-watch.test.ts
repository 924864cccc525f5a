import { describe, expect, test } from "vitest";
import { notices } from "../../bot/adapters/store/notices.ts";
import { Failure } from "../../bot/errors.ts";
import { serverWatch } from "../../bot/operations/watch-server.ts";
import { noticeView } from "../../bot/slack/views/notice.ts";
import { aService, aStore, t0 } from "../support/renewal-fixtures.ts";
import { shown } from "../support/view-fixtures.ts";

const consul = { kind: "consul", service: "service-a", tag: "mtls" } as const;
const services = new Map([
  ["service-a", aService({ catalog: consul, deployment: { kind: "nomad", job: "service-a" } })],
  ["service-b", aService({ name: "service-b", deployment: { kind: "nomad", job: "service-b" } })],
]);
const leaderless = new Failure("consul-no-leader", "Consul has no leader: too few of its servers are up.", "Mend it.");
const denied = new Failure("nomad-denied", "Nomad does not let the bot read service/service-a.", "Mend it.");

async function watched(server: "consul" | "nomad") {
  const store = await aStore();
  const world = { now: t0, down: null as Failure | null, last: null as Failure | null };
  const needs = {
    services,
    notices: notices(store.db),
    clock: () => world.now,
    problem: () => world.last,
    ask: async () => {
      if (world.down) throw world.down;
    },
  };
  /** Looks that many times, two seconds apart, with a watch of its own where the bot was started anew. */
  const look = async (times: number, watch = serverWatch(needs, server)) => {
    for (let turn = 0; turn < times; turn += 1) {
      await watch.look();
      world.now += 2_000;
    }
    return watch;
  };
  const told = async () => {
    const texts: string[] = [];
    for (let item = await store.outbox.claim(1e15, 1_000); item; item = await store.outbox.claim(1e15, 1_000)) {
      texts.push(`${item.kind}: ${shown(noticeView(item, world.now))}`);
      await store.outbox.done(item.id);
    }
    return texts;
  };
  return { world, look, told, store };
}

describe("a server that certops goes by", () => {
  test("without a leader is told once, also across a restart, and once more when it is back", async () => {
    const { world, look, told, store } = await watched("consul");
    const watch = await look(3);
    world.down = leaderless;
    await look(5, watch);
    await look(3);
    expect(await told()).toEqual([
      expect.stringMatching(
        /^alert: .*🚨 Consul has no leader.*The instances of `service-a` stand as Consul last listed them/s,
      ),
    ]);
    world.down = null;
    await look(3);
    expect(await told()).toEqual([expect.stringMatching(/^notice: .*✅ Consul is back.*It answers again, after/s)]);
    expect((await store.audit.about("consul")).map(({ action }) => action)).toEqual(["consul.out", "consul.back"]);
  });

  test("is not told for a hiccup", async () => {
    const { world, look, told } = await watched("consul");
    const watch = await look(1);
    world.down = leaderless;
    await look(1, watch);
    world.down = null;
    await look(1, watch);
    expect(await told()).toEqual([]);
  });

  test("that answers, and refuses what the bot asks of it, is not well either", async () => {
    const { world, look, told } = await watched("nomad");
    world.last = denied;
    const watch = await look(2);
    expect(await watch.look()).toEqual({ state: "denied", why: denied.message });
    expect(await told()).toEqual([
      expect.stringMatching(/🚨 Nomad refuses the bot's token.*Renewals of `service-a`, `service-b` wait for it/s),
    ]);
  });
});
