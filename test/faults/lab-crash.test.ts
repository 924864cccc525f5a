import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { APPROVE, buttonOf } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabStatus } from "../../lab/status.ts";
import { shakeHands } from "../../lab/visit.ts";
import { connectVault } from "../../vault-config/vault.ts";
import { BotDesk } from "../support/bot-desk.ts";
import { childOf, pidOf } from "../support/child-of.ts";
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

const crashes = ["a-1", "agent b-1", "slack", "bot", "traffic", "agent vault-server", "agent certops-bot", "vault"];

test.for(crashes)(
  "%s killed by SIGKILL is seen, started again, and all is well",
  { timeout: 120_000 },
  async (name) => {
    const restarts = ({ children }: LabStatus) => children.find((child) => child.name === name)?.restarts ?? 0;
    const before = restarts(await lab.control.status());
    process.kill(pidOf(lab, name), "SIGKILL");
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

test("a call that fails is counted by its cause, and shows in the chart", async () => {
  const a1 = childOf(lab, "a-1");
  const counted = async () => {
    const { causes } = await lab.control.traffic();
    // It may be back before anybody calls it.
    if (!causes["ECONNREFUSED"] && a1.state() === "up" && a1.pid !== null) process.kill(a1.pid, "SIGKILL");
    return causes["ECONNREFUSED"] ?? null;
  };
  await eventually("a refused call to be counted", counted, soon(), 100);
  await statusThat(({ ready }) => ready, "a-1 to answer again");
  const { failed, causes } = await lab.control.traffic();
  expect(failed).toBe(Object.values(causes).reduce((sum, times) => sum + times, 0));

  const response = await fetch(`${lab.state.urls.console}/api/feed`, { signal: soon() });
  const wanted = [/"at":\d+,"requests":[\d.]+,"failures":(?!0[,}])/, /"causes":\{[^}]*"ECONNREFUSED":[1-9]/];
  let told = "";
  for await (const chunk of response.body ?? []) {
    told += new TextDecoder().decode(chunk);
    if (wanted.every((words) => words.test(told))) break;
  }
  for (const words of wanted) expect(told).toMatch(words);
}, 120_000);

test("a renewal whose bot is killed between the click and the receipt is finished once by the next", async () => {
  const desk = new BotDesk(lab);
  const written = async () => {
    const log = await readFile(lab.state.files.vaultAudit, "utf8");
    const ofThis = log.split("\n").filter((line) => line.includes('"path":"kv/data/certops/service-b"'));
    return ofThis.filter((line) => line.includes('"type":"response"') && !line.includes('"operation":"read"')).length;
  };
  const before = await written();
  const message = await desk.propose("service-b");
  const agent = childOf(lab, "agent b-2");
  agent.pause();
  const serving = async (instance: string) => {
    const found = lab.state.instances.find((one) => one.instance === instance);
    return found === undefined ? null : (await shakeHands(found, lab.state.files.root)).generation;
  };
  const generation = buttonOf(message, APPROVE);
  await desk.approve(message);
  await eventually("b-1 to serve it", async () => (await serving("b-1")) === generation || null, soon());
  const bot = childOf(lab, "bot");
  const killed = pidOf(lab, "bot");
  process.kill(killed, "SIGKILL");
  await eventually(
    "another bot",
    async () => (bot.pid !== null && bot.pid !== killed && bot.state() === "up") || null,
    soon(),
  );
  agent.resume();
  const receipt = await desk.becomes(message, "service-b renewed", 60_000);
  expect(receipt).toMatch(/✅ b-1 .*\n✅ b-2 /);
  expect(receipt).toContain("The bot was restarted once meanwhile");
  expect(await Promise.all(["b-1", "b-2"].map(serving))).toEqual([generation, generation]);
  expect(await written()).toBe(before + 1);
}, 120_000);

test("a wrapped secret id that somebody else opened is an alarm that stays, and the agent gets another", async () => {
  const agent = childOf(lab, "agent b-1");
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
  const b2 = childOf(lab, "b-2");
  b2.pause();
  const seen = await statusThat(({ ready }) => !ready, "the hanging child to show");
  expect(seen.problems).toContain("b-2: it does not answer.");
  b2.resume();
  await statusThat(({ ready }) => ready, "it to answer again");
});
