import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "../../lab/eventually.ts";
import { traffic } from "../../lab/instances.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import { listenerOn } from "../../lab/processes.ts";
import type { ConsulCluster } from "../../lab/stack/consul.ts";
import type { Program } from "../../lab/stack/find-program.ts";
import type { NomadCluster } from "../../lab/stack/nomad.ts";
import { listAllocations, wanted } from "../../lab/stack/nomad-allocations.ts";
import { shakeHands } from "../../lab/visit.ts";
import { missingCapture } from "../support/capture.ts";
import { childOf } from "../support/child-of.ts";
import { labFolder } from "../support/lab-process.ts";
import { loadOf } from "../support/load.ts";
import { inMesh, pageOf } from "../support/mesh-lab.ts";
import { planOf, runJob, saidOf, startImposter, submissionOf } from "../support/nomad-jobs.ts";
import { overheard } from "../support/overheard.ts";
import { allocationOf } from "../support/placed.ts";
import { noTraces, packetRules, tracesOf } from "../support/traces.ts";

/** Consul spreads the renewal of leaves over half a minute when the root changes. */
const FOLLOWED_MS = 45_000;

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: Lab;
let nomad: NomadCluster;
let consul: ConsulCluster;
/** As they were before the lab. */
let rules: string | null;

beforeAll(async () => {
  // That nothing is lost says more of many calls than of few.
  process.env["CERTOPS_TRAFFIC"] = "8";
  rules = await packetRules();
  folder = await labFolder();
  lab = await startLab({ dir: folder.dir, ports: "free", nomad: true, connect: "vault" });
  if (lab.nomad === null || lab.consul === null) throw new Error("the lab lacks Nomad or Consul");
  ({ nomad, consul } = { nomad: lab.nomad, consul: lab.consul });
}, 150_000);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
}, 60_000);

const until = <T>(what: string, ask: () => Promise<T | null>) => eventually(what, ask, AbortSignal.timeout(40_000));
const pageOfA = () => pageOf(inMesh(lab, "a-mesh"));
const checks = async () => (await consul.status()).checks;
const catalogued = z.array(z.object({ ServicePort: z.number(), ServiceTags: z.array(z.string()) }));

test("Consul's catalog has every instance, with its tags, at the address that the state tells", async () => {
  for (const service of ["service-a", "service-b"]) {
    const found = catalogued.parse(await consul.ask("GET", `/v1/catalog/service/${service}`));
    const told = found.map(({ ServicePort, ServiceTags }) => `${ServicePort} ${ServiceTags.toSorted().join(" ")}`);
    const mtls = lab.state.instances.map((one) => ({ ...one, kind: "mtls" }));
    const mesh = lab.state.mesh.map((one) => ({ ...one, kind: "mesh" }));
    const expected = [...mtls, ...mesh]
      .filter((one) => one.service === service)
      .map(
        ({ port, adminPort, instance, kind }) => `${port} admin=127.0.0.1:${adminPort} instance=${instance} ${kind}`,
      );
    expect(told.toSorted()).toEqual(expected.toSorted());
  }
});

test("its check shakes hands with the instance's own pair, and sees a new generation", async () => {
  const outputs = async (letter: string) =>
    Object.entries(await checks()).flatMap(([name, { status, output }]) =>
      new RegExp(`^${letter}-\\d$`).test(name) ? `${status} ${output}` : [],
    );
  const generation = await nomad.rotate("service-b");
  const seeing = (letter: string, wanted: string) =>
    until(`the checks of ${letter} to see ${wanted}`, async () => {
      const told = await outputs(letter);
      return told.length === 2 && told.every((output) => output.includes(`generation ${wanted}`)) ? told : null;
    });
  const seen = await seeing("b", generation);
  expect(seen).toEqual(seen.map(() => expect.stringMatching(/^passing service-b\.example\.com at .* serves serial /)));
  // The others', as soon as a check of theirs was in time.
  expect(await seeing("a", "g0")).toHaveLength(2);
});

test("the instances find one another in Consul, by a token of their job's own", async () => {
  const answered = async () => {
    const counts = await Promise.all(lab.state.instances.map(async (one) => (await traffic(one)).fresh.ok));
    return counts.every((count) => count > 0) ? counts.length : null;
  };
  expect(await until("every instance to be answered", answered)).toBe(4);
});

test("behind the sidecars, which are Nomad's tasks too, one service reaches the other without TLS of its own", async () => {
  expect(lab.state.mesh.map(({ instance }) => instance)).toEqual(["a-mesh", "b-mesh"]);
  const page = await until("a-mesh to be answered", async () => {
    const text = await pageOfA();
    return text.includes("Outcome: answered") ? text : null;
  });
  expect(page).toContain('Hello from "service-b"');
  // By that a new one is held to be well, and takes this one's place.
  for (const one of lab.state.mesh) {
    const checks = await nomad.ask("GET", `/v1/allocation/${allocationOf(one)}/checks`);
    expect(Object.values(checks ?? {})).toEqual([
      expect.objectContaining({ Status: "success", Output: "nomad: http ok" }),
    ]);
  }
});

test("a sidecar that Consul has forgotten is registered again by its next start", async () => {
  const allocation = allocationOf(inMesh(lab, "b-mesh"));
  const proxy = `b-mesh-${allocation.slice(0, 8)}-sidecar-proxy`;
  const registered = () => consul.ask("GET", `/v1/agent/service/${proxy}`);
  expect(await registered()).toMatchObject({ ID: proxy, Kind: "connect-proxy" });

  await consul.ask("PUT", `/v1/agent/service/deregister/${proxy}`);
  await until("a-mesh to find nobody", async () => ((await pageOfA()).includes("Outcome: answered") ? null : true));
  expect(await registered()).toBeNull();

  await nomad.ask("POST", `/v1/client/allocation/${allocation}/restart`, { TaskName: "sidecar" });
  await until("a-mesh to be answered again", async () =>
    (await pageOfA()).includes("Outcome: answered") ? true : null,
  );
  expect(await registered()).toMatchObject({ ID: proxy, Kind: "connect-proxy" });
}, 90_000);

describe("an Envoy that does not start is told in one sentence, and what ran before goes on", () => {
  const shown = () =>
    Promise.all(
      lab.state.instances
        .filter(({ service }) => service === "service-a")
        .map(async (instance) => (await shakeHands(instance, lab.state.files.root)).generation),
    );

  test("before anything is deployed, where it is missing", async () => {
    const before = await shown();
    const missing: Program = { name: "envoy", path: "/nowhere/envoy", version: "1.36.0", from: "cache" };
    await expect(nomad.runServices(missing)).rejects.toMatchObject({
      code: "ENVOY_MISSING",
      message: "Envoy is missing: there is no /nowhere/envoy.",
    });
    expect(await shown()).toEqual(before);
    expect(await pageOfA()).toContain("Outcome: answered");
  });

  test("of the job, where that names another", async () => {
    const before = await shown();
    const { Source, Variables } = await submissionOf(nomad, "service-a");
    const count = async () => wanted(await listAllocations(nomad)).filter(({ JobID }) => JobID === "service-a").length;
    await runJob(nomad, { Source, Variables: Variables.replace(/^envoy_bin = .*$/m, 'envoy_bin = "/nowhere/envoy"') });
    const sentence = /^Nomad's job service-a: a-mesh on nomad-\d runs without its sidecar, which does not stay up \(/;
    await until("the problem", async () => sentence.exec((await nomad.status()).problem ?? ""));
    expect(await count()).toBe(4);
    expect(await shown()).toEqual(before);
    expect(await pageOfA()).toContain("Outcome: answered");

    await runJob(nomad, { Source, Variables });
    await until("the other to be gone", async () => ((await count()) === 3 ? true : null));
    await until("all to be well", async () => ((await nomad.status()).problem === null ? true : null));
  });
});

test("`nomad job plan` finds nothing to change in what runs", async () => {
  for (const job of ["service-a", "service-b"]) {
    expect((await submissionOf(nomad, job)).Variables).toMatch(/^mesh = true$/m);
    const plan = await planOf(nomad, job);
    expect(plan).toMatch(new RegExp(`^Job: "${job}"$`, "m"));
    expect(plan).not.toMatch(/^\s*[+-]/m);
  }
});

test("a job of another name gets no token from Consul", async () => {
  await using _imposter = await startImposter(nomad);
  // Of the group without a service it is said of the tasks alone.
  expect(await saidOf(nomad, "imposter", /Consul token for service/)).toMatch(
    /failed to derive Consul token for service service-a: .*403 .*Permission denied/,
  );
});

describe("between two sidecars", () => {
  test("nothing stands in clear on the wire, and all of it on the app's own hop", async ({ skip }) => {
    if (missingCapture) skip(missingCapture);
    const calls = 20;
    const { wire, hop } = await overheard(inMesh(lab, "a-mesh"), inMesh(lab, "b-mesh"), calls);
    expect(wire).toMatchObject({ marker: 0, greeting: 0 });
    expect(wire.records).toBeGreaterThanOrEqual(calls);
    expect(hop.marker).toBeGreaterThanOrEqual(2 * calls);
    expect(hop.greeting).toBeGreaterThanOrEqual(calls);
  });

  test("no call is lost while they move to a new root", async () => {
    const rootsInUse = async () =>
      (await lab.control.status()).mesh?.sidecars.map(({ certificate }) => certificate?.root);
    const [before] = (await rootsInUse()) ?? [];
    const stop = new AbortController();
    const { host, upstreamPort } = inMesh(lab, "a-mesh");
    const load = loadOf({ origin: `http://${host}:${upstreamPort}`, everyMs: 20 }, 4, stop.signal);
    await lab.control.rotateMeshRoot();
    const roots = (await lab.control.status()).mesh?.ca.roots ?? [];
    expect(roots.map(({ id, active }) => [id === before, active])).toEqual([
      [true, false],
      [false, true],
    ]);
    const followed = async () => ((await rootsInUse())?.every((root) => root === roots[1]?.id) ? true : null);
    await eventually("the sidecars to follow", followed, AbortSignal.timeout(FOLLOWED_MS), 200);
    stop.abort();
    const { fresh, kept } = await load;
    expect([fresh.failures, kept.failures]).toEqual([{}, {}]);
    expect(Math.min(fresh.requests, kept.requests)).toBeGreaterThan(100);
  }, 90_000);
});

test("a status waits for no agent that hangs, and says of each that it does not answer", async () => {
  const hung = ["nomad server", "consul client"].map((name) => childOf(lab, name));
  try {
    for (const child of hung) child.pause();
    const { problems } = await lab.control.status();
    const silent = ["A client of Consul's does not answer.", "Nomad's server does not answer."];
    expect(problems).toEqual(expect.arrayContaining(silent));
  } finally {
    for (const child of hung) child.resume();
  }
}, 8_000);

test("it ends and leaves nothing behind: no allocation, sidecar, mount, cgroup, packet rule or file", async () => {
  const { dir } = lab.state;
  const allocations = (await listAllocations(nomad)).map(({ ID }) => ID);
  const envoys = await Promise.all(lab.state.mesh.map(({ envoyAdminPort }) => listenerOn(envoyAdminPort)));
  const before = await tracesOf(dir, allocations);
  expect(before.processes).toEqual(expect.arrayContaining(envoys.map((envoy) => envoy?.process?.pid)));
  // Only a Nomad that root runs makes them.
  const byRoot = process.getuid?.() === 0;
  expect([before.mounts, before.cgroups].map(({ length }) => length > 0)).toEqual([byRoot, byRoot]);
  await lab[Symbol.asyncDispose]();
  expect(await tracesOf(dir, allocations)).toEqual(noTraces);
  expect(await packetRules()).toBe(rules);
}, 60_000);
