import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { health } from "../../lab/instances.ts";
import { isAlive } from "../../lab/processes.ts";
import { listAllocations } from "../../lab/stack/nomad-allocations.ts";
import { type NomadLab, startNomadLab } from "../support/nomad-lab.ts";
import { allocationOf, instanceOn, nodeOf } from "../support/placed.ts";
import { noTraces, tracesOf } from "../support/traces.ts";
import { crash } from "../support/vault.ts";

// In this order: the last one leaves a node behind that does not come back.

let lab: NomadLab;
beforeAll(async () => {
  lab = await startNomadLab();
}, 120_000);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
}, 60_000);

const until = <T>(what: string, ask: () => Promise<T | null>) => eventually(what, ask, AbortSignal.timeout(40_000));
const all = (service: string) => Promise.all(lab.of(service).map(lab.shown));
const problem = async () => (await lab.nomad.status()).problem;
const down = (node: string) => new RegExp(`^Nomad's node ${node} is down: what ran there is started on another\\.`);

test("a client that crashes is started again; its tasks never notice, and follow the next rotation", async () => {
  const before = await Promise.all(
    lab.state.instances.map(async (one) => [allocationOf(one), (await health(one)).pid]),
  );
  const client = lab.child("nomad client-1");
  crash(client);
  await until("the client to be up again", async () => (client.restarts > 0 && client.state() === "up" ? true : null));
  await lab.well();
  await lab.serving("service-a", await lab.nomad.rotate("service-a"));
  const after = await Promise.all(lab.state.instances.map(async (one) => [allocationOf(one), (await health(one)).pid]));
  expect(after).toEqual(before);
});

test("a stopped allocation is started anew: the state follows it, and it serves the present generation", async () => {
  const generation = await lab.nomad.rotate("service-a");
  await lab.serving("service-a", generation);
  const before = instanceOn(lab.state, "nomad-1", "service-a");
  await lab.nomad.ask("POST", `/v1/allocation/${allocationOf(before)}/stop`);
  const after = await until(`another ${before.instance}`, async () => {
    const now = lab.of("service-a").find(({ instance }) => instance === before.instance);
    return now !== undefined && allocationOf(now) !== allocationOf(before) ? allocationOf(now) : null;
  });
  const listed = (await listAllocations(lab.nomad)).filter(({ ID }) => [after, allocationOf(before)].includes(ID));
  const wants = Object.fromEntries(listed.map(({ ID, DesiredStatus }) => [ID, DesiredStatus]));
  expect(wants).toEqual({ [after]: "run", [allocationOf(before)]: "stop" });
  await lab.serving("service-a", generation);
  await lab.well();
});

test("Vault is sealed during a rotation: what was served is served on, and the rotation ends when Vault is back", async () => {
  const before = await all("service-b");
  await lab.ground.server.seal();
  expect(await lab.ground.vaultProblem()).toBe("Vault is sealed.");
  const generation = await lab.nomad.rotate("service-b");
  await until("the clients to meet the seal", async () => {
    const log = await lab.log("nomad client-1");
    return /Vault is sealed/.test(log) ? true : null;
  });
  expect(await all("service-b")).toEqual(before);
  expect((await Promise.all(lab.of("service-b").map(health))).map(({ problem: ailment }) => ailment)).toEqual([
    null,
    null,
  ]);
  await lab.ground.server.unseal();
  await lab.serving("service-b", generation);
});

test("a paused client: its node is down in a sentence, its instances serve on and are replaced, and it catches up when it is back", async () => {
  const orphan = instanceOn(lab.state, "nomad-2", "service-b");
  const before = await lab.shown(orphan);
  const { pid } = await health(orphan);
  lab.child("nomad client-2").pause();
  expect(await until("Nomad to notice", problem)).toMatch(down("nomad-2"));
  await until("all instances on the other node", async () => {
    const nodes = lab.state.instances.map(nodeOf);
    return nodes.length === 4 && nodes.every((node) => node === "nomad-1") ? true : null;
  });
  const generation = await lab.nomad.rotate("service-b");
  await lab.serving("service-b", generation);
  expect(await lab.shown(orphan)).toEqual(before);

  lab.child("nomad client-2").resume();
  await lab.well();
  await until("the orphan to be ended", async () => ((await isAlive(pid)) ? null : true));
  expect((await all("service-b")).map((one) => one.generation)).toEqual([generation, generation]);
});

test("a node that is gone for good: the lab goes on with the other, and still leaves nothing behind", async () => {
  const generation = await lab.nomad.rotate("service-a");
  await lab.serving("service-a", generation);
  await lab.child("nomad client-1").stop();
  expect(await until("Nomad to notice", problem)).toMatch(down("nomad-1"));
  await until("all instances on the other node", async () => {
    const nodes = lab.state.instances.map(nodeOf);
    return nodes.length === 4 && nodes.every((node) => node === "nomad-2") ? true : null;
  });
  await lab.serving("service-a", await lab.nomad.rotate("service-a"));

  const { dir } = lab.state;
  const allocations = (await listAllocations(lab.nomad)).map(({ ID }) => ID);
  expect((await tracesOf(dir, allocations)).processes).not.toEqual([]);
  await lab[Symbol.asyncDispose]();
  expect(await tracesOf(dir, allocations)).toEqual(noTraces);
});
