import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabStatus } from "../../lab/status.ts";
import type { Child } from "../../lab/supervise.ts";
import { shakeHands } from "../../lab/visit.ts";
import { connectVault } from "../../vault-config/vault.ts";
import { startOwnLab } from "../support/own-lab.ts";

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(60_000);

function statusThat(fits: (status: LabStatus) => boolean, awaited: string): Promise<LabStatus> {
  const ask = async () => {
    const status = await lab.control.status();
    return fits(status) ? status : null;
  };
  return eventually(awaited, ask, soon(), 100);
}

function childNamed(name: string): Child {
  const child = lab.children().find((one) => one.name === name);
  if (child === undefined) throw new Error(`the lab runs no ${name}`);
  return child;
}

const crashes = ["a-1", "agent b-1", "slack", "bot", "traffic", "agent vault-server", "agent certops-bot", "vault"];

test.for(crashes)(
  "%s killed by SIGKILL is seen, started again, and all is well",
  { timeout: 120_000 },
  async (name) => {
    const restarts = ({ children }: LabStatus) => children.find((child) => child.name === name)?.restarts ?? 0;
    const before = restarts(await lab.control.status());
    process.kill(childNamed(name).pid ?? 0, "SIGKILL");
    const told = ({ problems }: LabStatus) =>
      problems.some((problem) => problem.includes(`${name} was ended by SIGKILL`));
    expect(await statusThat(told, `the crash of ${name} to show`)).toMatchObject({ ready: false });
    const mended = await statusThat((status) => status.ready && restarts(status) > before, `${name} to be mended`);
    expect(mended.problems).toEqual([]);
  },
);

test("after a crash of Vault it is unsealed, and its agents go on to render new generations", async () => {
  await lab.control.rotate("service-b");
  for (const instance of lab.state.instances.filter(({ service }) => service === "service-b")) {
    const renewed = async () => {
      const { generation } = await shakeHands(instance, lab.state.files.root);
      return generation?.startsWith("r-") ? generation : null;
    };
    expect(await eventually(`${instance.instance}'s new generation`, renewed, soon())).toMatch(/^r-/);
  }
});

test("a wrapped secret id that somebody else opened is an alarm that stays, and the agent gets another", async () => {
  const agent = childNamed("agent b-1");
  const old = agent.pid;
  process.kill(old ?? 0, "SIGKILL");
  const started = async () => {
    if (agent.pid === null || agent.pid === old) return null;
    agent.pause();
    return agent.pid;
  };
  await eventually("the agent to be started again", started, soon(), 2);
  const wrap = await readFile(join(lab.state.dir, "agents/b-1/wrapped-secret-id"), "utf8");
  const ca = await readFile(lab.state.files.root, "utf8");
  await connectVault({ address: lab.state.urls.vault, ca, token: wrap }).write("sys/wrapping/unwrap", {});
  agent.resume();

  const opened = expect.stringMatching(/^The secret id made for agent b-1 was opened/);
  const alarmed = ({ ready, problems }: LabStatus) => ready && problems.length === 1;
  expect(await statusThat(alarmed, "the alarm beside a lab that is well")).toMatchObject({ problems: [opened] });
}, 120_000);

test("a child that hangs is told of until it goes on", async () => {
  const b2 = childNamed("b-2");
  b2.pause();
  const seen = await statusThat(({ ready }) => !ready, "the hanging child to show");
  expect(seen.problems).toContain("b-2: it does not answer.");
  b2.resume();
  await statusThat(({ ready }) => ready, "it to answer again");
});
