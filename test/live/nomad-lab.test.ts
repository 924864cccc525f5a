import { afterAll, beforeAll, expect, test } from "vitest";
import { health } from "../../lab/instances.ts";
import { changeModesSchema } from "../../lab/steps/report.ts";
import { shakeHands } from "../../lab/visit.ts";
import { labCommand, labFolder, LabProcess, stateIn, statusIn } from "../support/lab-process.ts";
import { allocationOf } from "../support/placed.ts";
import { noTraces, tracesOf } from "../support/traces.ts";

// One lab, as a person starts it; in the end its supervisor is killed.

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: LabProcess;
let dir: string;

beforeAll(async () => {
  // What a restart loses is counted in the lab's own traffic.
  process.env["CERTOPS_TRAFFIC"] = "8";
  folder = await labFolder();
  dir = folder.dir;
  lab = await LabProcess.up(dir, ["--free-ports", "--nomad"]);
}, 120_000);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
}, 60_000);

test("its status tells the server, the nodes, and where each instance runs", async () => {
  const now = await statusIn(dir);
  expect(now).toMatchObject({ ready: true, problems: [], profile: ["nomad"], consul: null, mesh: null });
  expect(now.nomad?.nodes.map((node) => `${node.name} ${node.status}`)).toEqual(["nomad-1 ready", "nomad-2 ready"]);
  expect(now.instances.map(({ instance, generation }) => `${instance} ${generation}`)).toEqual([
    "a-0 g0",
    "a-1 g0",
    "b-0 g0",
    "b-1 g0",
  ]);
  expect(now.instances.map(({ allocation }) => allocation?.node)).toEqual(
    now.instances.map(() => expect.stringMatching(/^nomad-[12]$/)),
  );
  expect(now.children.map(({ name }) => name).toSorted()).toEqual(
    ["vault", "slack", "bot", "traffic", "nomad server", "nomad client-1", "nomad client-2"]
      .concat(["vault-server", "certops-bot", "nomad-server", "nomad-client"].map((name) => `agent ${name}`))
      .toSorted(),
  );
});

test("a step of another name is refused with the one most likely meant", async () => {
  expect((await labCommand(["step"])).stdout).toContain("change-modes");
  const refused = await labCommand(["step", "change-mode", "--dir", dir]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean "change-modes"?') });
});

test("a case is played on its jobs, and put right again", async () => {
  const { code, stdout } = await labCommand(["case", "expired-b", "--json", "--dir", dir]);
  expect(JSON.parse(stdout)).toMatchObject({ name: "expired-b", expected: true, restored: true, mesh: null });
  expect(code).toBe(0);
}, 60_000);

test("the step on change modes: noop is never served, restart costs requests, signal does not; the lab is as it was", async () => {
  const before = await stateIn(dir);
  const { stdout, stderr } = await labCommand(["step", "change-modes", "--json", "--dir", dir]);
  expect(stderr).toBe("");
  const { modes, service } = changeModesSchema.parse(JSON.parse(stdout));
  const [noop, restart, signal] = modes;
  expect(modes.map(({ mode }) => mode)).toEqual(["noop", "restart", "signal"]);
  expect(noop?.servedMs).toBeNull();
  expect(restart?.servedMs).not.toBeNull();
  expect(signal?.servedMs).not.toBeNull();
  const lost = modes.map(({ lost: { fresh, kept } }) => fresh + kept);
  expect(lost).toEqual([0, expect.any(Number), 0]);
  expect(lost[1]).toBeGreaterThan(0);
  for (const { sent } of modes) expect(Math.min(sent.fresh, sent.kept)).toBeGreaterThan(0);

  // Its instances were placed anew each time: who looks for them finds them where they are now.
  const after = await stateIn(dir);
  const own = after.instances.filter((instance) => instance.service === service);
  const earlier = before.instances.map(({ runsIn }) => runsIn);
  for (const { runsIn } of own) expect(earlier).not.toContainEqual(runsIn);
  const seen = await Promise.all(own.map((instance) => shakeHands(instance, after.files.root)));
  expect(new Set(seen.map(({ generation }) => generation)).size).toBe(1);
  expect(await statusIn(dir)).toMatchObject({ ready: true, problems: [], bot: { frozen: [] } });
}, 240_000);

test("its supervisor is killed: the instances serve on, and `down` leaves no process, mount, cgroup or file", async () => {
  const { instances, files } = await stateIn(dir);
  const allocations = instances.map(allocationOf);
  const pids = await Promise.all(instances.map(async (instance) => (await health(instance)).pid));
  await lab.stop("SIGKILL");
  for (const instance of instances) expect((await shakeHands(instance, files.root)).serial).toMatch(/^[0-9a-f:]+$/);
  const left = await tracesOf(dir, allocations);
  expect(left).toMatchObject({ processes: expect.arrayContaining(pids), folder: true });
  // Only a Nomad that root runs makes them.
  const byRoot = process.getuid?.() === 0;
  expect([left.mounts, left.cgroups].map(({ length }) => length > 0)).toEqual([byRoot, byRoot]);
  expect(await labCommand(["down", "--dir", dir])).toMatchObject({ code: 0 });
  expect(await tracesOf(dir, allocations)).toEqual(noTraces);
}, 60_000);
