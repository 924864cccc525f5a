import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "../../lab/eventually.ts";
import { traffic } from "../../lab/instances.ts";
import { cgroupsOf } from "../../lab/leftover-cgroups.ts";
import { mountsUnder } from "../../lab/leftover-mounts.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { listAllocations } from "../../lab/stack/nomad-allocations.ts";
import { leftovers } from "../../lab/sweep.ts";
import { type NomadLab, startNomadLab } from "../support/nomad-lab.ts";

const run = promisify(execFile);

let lab: NomadLab;
beforeAll(async () => {
  lab = await startNomadLab({ connect: true });
}, 150_000);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
}, 60_000);

const until = <T>(what: string, ask: () => Promise<T | null>) => eventually(what, ask, AbortSignal.timeout(40_000));
const checks = async () => (await lab.consul?.status())?.checks ?? {};
const catalogued = z.array(z.object({ ServicePort: z.number(), ServiceTags: z.array(z.string()) }));

test("Consul's catalog has every instance, with its tags, at the address that the state tells", async () => {
  for (const service of ["service-a", "service-b"]) {
    const found = catalogued.parse(await lab.consul?.ask("GET", `/v1/catalog/service/${service}`));
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
  const generation = await lab.nomad.rotate("service-b");
  const seen = await until(`the checks to see ${generation}`, async () => {
    const told = await outputs("b");
    return told.length === 2 && told.every((output) => output.includes(`generation ${generation}`)) ? told : null;
  });
  expect(seen).toEqual(seen.map(() => expect.stringMatching(/^passing service-b\.example\.com at .* serves serial /)));
  expect(await outputs("a")).toEqual(seen.map(() => expect.stringContaining("generation g0")));
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
});

test("a sidecar that Consul has forgotten is registered again by its next start", async () => {
  const runsIn = lab.state.mesh.find(({ instance }) => instance === "b-mesh")?.runsIn;
  const allocation = runsIn?.kind === "nomad" ? runsIn.allocation : "";
  const proxy = `b-mesh-${allocation.slice(0, 8)}-sidecar-proxy`;
  const registered = () => lab.consul?.ask("GET", `/v1/agent/service/${proxy}`);
  expect(await registered()).toMatchObject({ ID: proxy, Kind: "connect-proxy" });

  await lab.consul?.ask("PUT", `/v1/agent/service/deregister/${proxy}`);
  await until("a-mesh to find nobody", async () => ((await pageOfA()).includes("Outcome: answered") ? null : true));
  expect(await registered()).toBeNull();

  await lab.nomad.ask("POST", `/v1/client/allocation/${allocation}/restart`, { TaskName: "sidecar" });
  await until("a-mesh to be answered again", async () =>
    (await pageOfA()).includes("Outcome: answered") ? true : null,
  );
  expect(await registered()).toMatchObject({ ID: proxy, Kind: "connect-proxy" });
}, 90_000);

test("`nomad job plan` finds nothing to change in what runs", async () => {
  const { path } = await findProgram("nomad");
  const made = await lab.nomad.ask("POST", "/v1/acl/token", { Name: "plan", Type: "management" });
  const { SecretID } = z.object({ SecretID: z.string() }).parse(made);
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-plan-"));
  for (const job of ["service-a", "service-b"]) {
    const submission = await lab.nomad.ask("GET", `/v1/job/${job}/submission?version=0`);
    const { Variables } = z.object({ Variables: z.string() }).parse(submission);
    expect(Variables).toMatch(/^mesh = true$/m);
    const file = join(folder.path, "lab.hcl");
    await writeFile(file, Variables);
    const spec = join(import.meta.dirname, `../../nomad/${job}.nomad.hcl`);
    const env = { NOMAD_ADDR: lab.nomad.address, NOMAD_CACERT: lab.nomad.caFile, NOMAD_TOKEN: SecretID };
    // Its exit code is 1 where allocations would be made or ended.
    const { stdout } = await run(path, ["job", "plan", `-var-file=${file}`, spec], { env });
    expect(stdout).toMatch(new RegExp(`^Job: "${job}"$`, "m"));
    const [difference = ""] = stdout.split("Scheduler dry-run");
    expect(difference).not.toMatch(/^\s*[+-]/m);
  }
});

test("a job of another name gets no token from Consul", async () => {
  const path = "/v1/job/service-a/submission?version=0";
  const { Source, Variables } = z
    .object({ Source: z.string(), Variables: z.string() })
    .parse(await lab.nomad.ask("GET", path));
  const JobHCL = Source.replace('job "service-a"', 'job "imposter"');
  const Job = await lab.nomad.ask("POST", "/v1/jobs/parse", { JobHCL, Variables, Canonicalize: true });
  await lab.nomad.ask("POST", "/v1/jobs", { Job });
  // Of the group without a service it is said of the tasks alone.
  const said = await until("an imposter's allocation to fail", async () => {
    const own = (await listAllocations(lab.nomad)).filter(({ JobID }) => JobID === "imposter");
    const events = own.flatMap(({ TaskStates }) =>
      Object.values(TaskStates ?? {}).flatMap(({ Events }) => Events ?? []),
    );
    return (
      events.find(({ DisplayMessage }) => DisplayMessage.includes("Consul token for service"))?.DisplayMessage ?? null
    );
  });
  await lab.nomad.ask("DELETE", "/v1/job/imposter?purge=true");
  expect(said).toMatch(/failed to derive Consul token for service service-a: .*403 .*Permission denied/);
});

test("it ends and leaves nothing behind: no process, mount or cgroup", async () => {
  const { dir } = lab.state;
  const allocations = (await listAllocations(lab.nomad)).map(({ ID }) => ID);
  expect(await leftovers(dir)).not.toEqual([]);
  await lab[Symbol.asyncDispose]();
  expect(await leftovers(dir)).toEqual([]);
  expect(await mountsUnder(dir)).toEqual([]);
  expect(await cgroupsOf(allocations)).toEqual([]);
}, 60_000);

async function pageOfA(): Promise<string> {
  const a = lab.state.mesh.find(({ instance }) => instance === "a-mesh");
  return (await fetch(`http://${a?.host}:${a?.port}/w-mtls`)).text();
}
