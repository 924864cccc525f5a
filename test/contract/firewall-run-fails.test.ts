import { describe, expect, onTestFinished, test } from "vitest";
import { anOpening, approved, aRule } from "../support/firewall-requests.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";

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

  test("a CTS that is killed in the run is waited for, its task posted again, and nothing is applied twice", async () => {
    const id = await stage.open();
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
    // Where it was killed after Terraform had applied, nobody had a reason yet to post the task again.
    await stage.world.firewall.task.prepare(["database"], AbortSignal.timeout(60_000));
    expect(await stage.world.firewall.task.inspect(AbortSignal.timeout(30_000))).toMatchObject({ changes: false });
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
