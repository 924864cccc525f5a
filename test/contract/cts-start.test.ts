import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pidsWithEnvironment } from "../../lab/processes.ts";
import { MARKER } from "../../lab/supervised-child.ts";
import { type Cts, ctsCommand, type CtsFile, missingStart, startCts } from "../support/cts.ts";
import { until } from "../support/cts-desk.ts";
import { exitOf, exitWith } from "../support/cts-exit.ts";
import { patchTask, taskOn } from "../support/cts-task.ts";
import { type OwnGround, ownGround } from "../support/cts-world.ts";

// How CTS starts, and what it knows afterwards.

let ground: OwnGround;
let file: CtsFile;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  if (missingStart !== null) return;
  ground = owned.use(await ownGround());
  ({ file } = ground);
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missingStart !== null) context.skip(missingStart);
});

const status = async (cts: Cts, name: string) => (await cts.call("GET", `/v1/tasks/${name}`)).status;

/** Command lines of what carries this folder as its marker. */
async function commandsOf(dir: string): Promise<string[]> {
  const pids = await pidsWithEnvironment(MARKER, dir);
  const read = (pid: number) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return (await Promise.all(pids.map(read))).map((line) => line.replaceAll("\0", " "));
}

describe("after a restart", () => {
  test("it knows no task that was posted, and Terraform's state knows what was applied", async () => {
    const task = taskOn(ground);
    {
      await using cts = await startCts(file);
      await cts.call("POST", "/v1/tasks", { task });
      expect(await patchTask(cts, task.name, "?run=now")).toMatchObject({ status: 200 });
    }
    await using cts = await startCts(file);
    expect(await status(cts, task.name)).toBe(404);
    expect(await cts.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    expect(await patchTask(cts, task.name, "?run=inspect")).toMatchObject({
      body: { inspect: { changes_present: false } },
    });
    expect(ground.module.ran(task.name)).toEqual(["ran", "ended"]);
  });

  test("by a kill, Terraform was killed with it, and what that had started goes on", async () => {
    const task = taskOn(ground);
    const variables = { ...task.variables, seconds: "2" };
    await using cts = await startCts(file);
    await cts.call("POST", "/v1/tasks", { task: { ...task, variables } });
    const running = patchTask(cts, task.name, "?run=now").catch(() => null);
    await until("its start", () => ground.module.ran(task.name).includes("ran"));
    process.kill(cts.child.pid ?? 0, "SIGKILL");
    expect(await running).toBeNull();
    await until(
      "Terraform's end",
      async () => !(await commandsOf(file.dir)).some((command) => command.includes("terraform apply")),
    );
    expect(ground.module.ran(task.name)).toEqual(["ran"]);
    await until("the end of what it had started", () => ground.module.ran(task.name).includes("ended"));
    await until("its return", async () => (await status(cts, task.name).catch(() => 0)) === 404);
  });
});

describe("the tasks of its file", () => {
  const inFile = (name: string, enabled: boolean, more: object = {}) => {
    const { condition, variables, ...task } = taskOn(ground, { name });
    return { ...task, enabled, condition: { "consul-kv": condition.consul_kv }, variables: { ...variables, ...more } };
  };

  test("are applied at its start without a word, unless they are disabled", async () => {
    const enabled = inFile(ground.newName(), true);
    const disabled = inFile(ground.newName(), false);
    await using cts = await startCts({ ...file, more: { task: [enabled, disabled] } });
    await until("the first task's run", () => ground.module.ran(enabled.name).includes("ended"));
    await until("the second task", async () => (await patchTask(cts, disabled.name, "?run=inspect")).status === 200);
    expect(ground.module.ran(disabled.name)).toEqual([]);
  });

  test("end it when one of them fails", async () => {
    const failing = inFile(ground.newName(), true, { fail: "true" });
    expect(await exitWith({ ...file, more: { task: [failing] } })).toBe(11);
  });
});

describe("it does not start", () => {
  test("without a configuration, or with one that it does not understand", async () => {
    expect(await exitOf(ctsCommand(join(file.dir, "nowhere.json")), file.dir)).toBe(15);
    expect(await exitWith({ ...file, more: { nonsense: 1 } })).toBe(15);
    expect(await exitWith({ ...file, more: { tls: { enabled: true } } })).toBe(15);
    const { command, args } = ctsCommand("");
    expect(await exitOf({ command, args: args.slice(0, -1) }, file.dir)).toBe(13);
  });

  test("without Consul", async () => {
    const nobody = { address: "http://127.0.0.1:1", token: "" };
    expect(await exitWith({ ...file, consul: nobody })).toBe(15);
  });
});
