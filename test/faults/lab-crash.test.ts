import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import type { LabStatus } from "../../lab/status.ts";
import type { Child } from "../../lab/supervise.ts";
import { shakeHands } from "../../lab/visit.ts";
import { labFolder } from "../support/lab-process.ts";

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: Lab;

beforeAll(async () => {
  folder = await labFolder();
  lab = await startLab({ dir: folder.dir, ports: "free" });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(40_000);

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

test.for(crashes)("%s killed by SIGKILL is seen, started again, and all is well", { timeout: 60_000 }, async (name) => {
  const restarts = ({ children }: LabStatus) => children.find((child) => child.name === name)?.restarts ?? 0;
  const before = restarts(await lab.control.status());
  process.kill(childNamed(name).pid ?? 0, "SIGKILL");
  const told = ({ problems }: LabStatus) =>
    problems.some((problem) => problem.includes(`${name} was ended by SIGKILL`));
  expect(await statusThat(told, `the crash of ${name} to show`)).toMatchObject({ ready: false });
  const mended = await statusThat((status) => status.ready && restarts(status) > before, `${name} to be mended`);
  expect(mended.problems).toEqual([]);
});

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

test("a child that hangs is told of until it goes on", async () => {
  const b2 = childNamed("b-2");
  b2.pause();
  const seen = await statusThat(({ ready }) => !ready, "the hanging child to show");
  expect(seen.problems).toContain("b-2: it does not answer.");
  b2.resume();
  await statusThat(({ ready }) => ready, "it to answer again");
});
