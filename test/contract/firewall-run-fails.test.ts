import { describe, expect, onTestFinished, test } from "vitest";
import { standingKeys } from "../../bot/domain/firewall/foreign-keys.ts";
import { readInForce } from "../../bot/operations/firewall/in-force.ts";
import { eventually } from "../../lab/eventually.ts";
import { anOpening, approved, aRule, hosts } from "../support/firewall-requests.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";
import { timesAdded, watchNft } from "../support/nft-watch.ts";

const stage = firewallStage();

describe("a run that fails", () => {
  test("is taken back and said so, and the task is disabled", async () => {
    await stage.opened();
    await stage.world.register("odd", ["10.81.3.9"]);
    onTestFinished(() => stage.world.register("odd", []));
    // nft refuses to make a set of another type out of it.
    await stage.world.router("nft", "add set inet certops service-odd { type inet_service; }");
    const id = await approved(
      stage.store,
      anOpening({ rule: aRule({ to: { service: "odd" } }), addresses: { odd: ["10.81.3.9"] } }),
    );
    const [ended] = await workOff(stage.store, stage.world.firewall, [id]);
    expect(ended).toMatchObject({ state: "rolled-back", receipt: { revision: expect.any(Number) } });
    expect(ended?.receipt?.problem).toMatch(
      /^CTS did not do it: .* It was taken back: the rules from before are in force\.$/s,
    );
    await stage.expectAsApproved();
  });

  test("a path that is not open afterwards: taken back and said so", async () => {
    const id = await stage.open({ ports: { first: 7001, last: 7001 }, to: { cidrs: ["10.81.3.77/32"] } });
    const [ended] = await workOff(stage.store, stage.world.firewall, [id], { limits: { provenMs: 500 } });
    expect(ended).toMatchObject({
      state: "rolled-back",
      receipt: {
        problem:
          "A connection from application to 10.81.3.77:7001 should pass now, and nothing answers. It was taken back: the rules from before are in force.",
      },
    });
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    await stage.expectAsApproved();
  });

  test.each([
    {
      where: "from elsewhere and beside its ports",
      besides: [
        `ct original ip saddr ${hosts.outside}`,
        `ct original ip saddr ${hosts.application} meta l4proto tcp ct original proto-dst 5433`,
      ],
      open: ["application 5432", "outside 5432", "application 5433"],
      problem: "A connection from outside to 10.81.3.2:5432 is not what the rule is for, and gets through.",
    },
    {
      where: "by something else than its rule",
      besides: [`ct original ip saddr ${hosts.application} meta l4proto tcp ct original proto-dst 5432`],
      open: ["application 5432"],
      problem: "The path is open now, and the rule's counter has not moved: it is open by something else.",
    },
  ])("a path that is open $where: taken back and said so", async ({ besides, open, problem }) => {
    let runs = 0;
    const run = async (signal: AbortSignal) => {
      await stage.world.firewall.task.run(signal);
      runs += 1;
      if (runs > 1) return;
      for (const match of besides) {
        await stage.world.router("nft", `insert rule inet certops flows ${match} accept`);
      }
    };
    const [ended] = await workOff(stage.store, stage.meddled({ run }), [await stage.open()]);
    expect(ended).toMatchObject({
      state: "rolled-back",
      receipt: { problem: `${problem} It was taken back: the rules from before are in force.` },
    });
    const through = ended?.receipt?.checks.filter(({ after }) => after?.outcome === "open");
    expect(through?.map(({ zone, port }) => `${zone} ${port}`)).toEqual(open);
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    await stage.expectAsApproved();
  });

  test("a CTS that is killed in the run is waited for, its task posted again, and nothing is applied twice", async () => {
    const id = await stage.open();
    await using nft = await watchNft(stage.inRouter);
    let killed = false;
    const run = async (signal: AbortSignal) => {
      if (killed) return stage.world.firewall.task.run(signal);
      killed = true;
      const running = stage.world.firewall.task.run(signal);
      setTimeout(() => process.kill(stage.world.cts.pid ?? 0, "SIGKILL"), 300);
      return running;
    };
    expect(await workOff(stage.store, stage.meddled({ run }), [id])).toMatchObject([{ state: "applied" }]);
    await stage.expectAsApproved();
    expect(timesAdded(await nft.seen(), id)).toBe(1);
    // Where it was killed after Terraform had applied, nobody had a reason yet to post the task again.
    await stage.world.firewall.task.prepare(["database"], AbortSignal.timeout(60_000));
    expect(await stage.world.firewall.task.inspect(AbortSignal.timeout(30_000))).toMatchObject({ changes: false });
  });

  test("a CTS that stands still in the run, past all patience: once it goes on, the rule is taken back", async () => {
    const { firewall, cts } = stage.world;
    const { task } = firewall;
    let still = false;
    let waited = 0;
    const soon = (signal: AbortSignal) => (still ? AbortSignal.any([signal, AbortSignal.timeout(300)]) : signal);
    const halted = new AbortController();
    const halt = async () => {
      const runs = async () => ((await task.state())?.enabled ? true : null);
      await eventually("the run", runs, AbortSignal.timeout(10_000), 10);
      cts.pause();
      still = true;
      halted.abort();
    };
    const run = async (signal: AbortSignal) => {
      if (halted.signal.aborted) return task.run(soon(signal));
      const [ran] = await Promise.all([task.run(AbortSignal.any([signal, halted.signal])), halt()]);
      return ran;
    };
    const impatient = stage.meddled({
      prepare: (services, signal) => task.prepare(services, soon(signal)),
      inspect: (signal) => task.inspect(soon(signal)),
      run,
      disable: (signal) => task.disable(soon(signal)),
    });
    onTestFinished(() => cts.resume());
    const [ended] = await workOff(stage.store, impatient, [await stage.open()], {
      limits: { patienceMs: 200, againMs: 100 },
      needs: {
        // What could not go on is tried again after five seconds.
        clock: () => Date.now() + waited,
        onProblem() {
          cts.resume();
          still = false;
          waited += 5_000;
        },
      },
    });
    expect(ended).toMatchObject({
      state: "rolled-back",
      receipt: {
        problem: expect.stringMatching(/^CTS at .* cannot be reached: .* It was taken back: the rules from before/),
      },
    });
    expect(waited).toBeGreaterThanOrEqual(5_000);
    expect(await stage.world.keys()).toEqual(standingKeys(await readInForce(stage.store)));
    expect(await task.inspect(AbortSignal.timeout(30_000))).toMatchObject({ changes: false });
    await stage.expectAsApproved();
  });

  test("a CTS that stays away: given up, and Consul is as it was", async () => {
    const keys = await stage.world.keys();
    stage.world.cts.pause();
    onTestFinished(() => stage.world.cts.resume());
    const id = await stage.open();
    const prepare = () => stage.world.firewall.task.prepare([], AbortSignal.timeout(300));
    const [ended] = await workOff(stage.store, stage.meddled({ prepare }), [id], { limits: { patienceMs: 1_500 } });
    expect(ended).toMatchObject({
      state: "failed",
      receipt: { problem: expect.stringMatching(/^CTS at .* cannot be reached/) },
    });
    expect(await stage.world.keys()).toEqual(keys);
  });

  test("a task that works is asked again until it does not", async () => {
    await stage.world.firewall.task.prepare(["database"], AbortSignal.timeout(60_000));
    const id = await stage.open();
    const others = (async () => {
      for (let times = 0; times < 3; times += 1) await stage.world.firewall.task.inspect(AbortSignal.timeout(30_000));
    })();
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([{ state: "applied" }]);
    await others;
    await stage.expectAsApproved();
  });
});
