import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { services } from "../../vault-config/services.ts";
import { writeAddresses } from "../addresses.ts";
import { eventually } from "../eventually.ts";
import { STEADY_PER_SECOND } from "../instances.ts";
import { type LabState, readState, writeState } from "../state.ts";
import { steadyRate } from "../steady-rate.ts";
import type { ConsulCluster } from "./consul.ts";
import { requireEnvoy } from "./envoy.ts";
import type { Program } from "./find-program.ts";
import {
  type Allocation,
  ALLOCATIONS,
  instancesOf,
  listAllocations,
  meshOf,
  readAllocations,
} from "./nomad-allocations.ts";
import type { NomadApi } from "./nomad-api.ts";
import { seedGenerations } from "./nomad-generations.ts";
import { isDeployed, type Job, type JobVariables, readServiceJob, runJob } from "./nomad-jobs.ts";
import { nomadStatus } from "./nomad-status.ts";

const SERVICES = join(import.meta.dirname, "../../services");
const DEPLOY_MS = 90_000;
const STOP_MS = 20_000;
const LOOK_EVERY_MS = 100;
const AGAIN_MS = 500;

/** What Nomad does to a task whose identity it has rendered anew. */
export type ChangeMode = "signal" | "restart" | "noop";

interface Setting {
  state: LabState;
  api: NomadApi;
  consul: ConsulCluster | null;
  /** How many nodes the jobs are to find. */
  nodes: number;
  onEvent: (line: string) => void;
}

const nodesReply = z.array(z.object({ Status: z.string() }));

/** The job of every service. Disposing stops them and waits for their end. */
export class ServiceJobs implements AsyncDisposable {
  readonly #setting: Setting;
  readonly #stopping = new AbortController();
  #variables: JobVariables | null = null;
  #following: Promise<void> = Promise.resolve();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** Runs them, resolves when all of their instances are healthy, and from then on keeps the state's lists of them as they are. */
  async run(envoy: Program | null): Promise<void> {
    const { state, api, consul, nodes } = this.#setting;
    if (envoy !== null) await requireEnvoy(envoy);
    const signal = this.#deadline();
    await eventually("Nomad's nodes", async () => ((await readyNodes(api)) === nodes ? true : null), signal);
    const variables = await jobVariables(state, consul, envoy);
    this.#variables = variables;
    await Promise.all(
      services.map(async ({ name }) => {
        const job = await readServiceJob(api, name, variables);
        await seedGenerations(api, name, placesIn(job));
        await this.#deploy(job, signal);
      }),
    );
    this.#following = this.#follow();
  }

  /** Has a service's job deployed anew with that change mode. Resolves when nothing of before is left. */
  async setChangeMode(service: string, mode: ChangeMode): Promise<void> {
    const job = await readServiceJob(this.#setting.api, service, { ...this.#variables, change_mode: mode });
    await this.#deploy(job, this.#deadline());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    if (this.#variables === null) return;
    const { api, onEvent } = this.#setting;
    // What a Nomad that is no longer well cannot stop is swept when the lab is down.
    await stopJobs(api).catch((error: unknown) => onEvent(`stopping Nomad's jobs: ${String(error)}`));
  }

  async #deploy(job: Job, signal: AbortSignal): Promise<void> {
    const { state, api } = this.#setting;
    const index = await runJob(api, job);
    const deployed = async () => ((await isDeployed(api, job, index)) ? true : null);
    await eventually(`Nomad to deploy ${job.id}`, deployed, signal, LOOK_EVERY_MS).catch(async (cause: unknown) => {
      const { problem } = await nomadStatus(api);
      if (problem === null || this.#stopping.signal.aborted) throw cause;
      throw new Problem("JOB_NOT_DEPLOYED", problem, "The logs are in the lab's folder, under logs/.", { cause });
    });
    await update(state, await listAllocations(api));
  }

  async #follow(): Promise<void> {
    const { state, api, onEvent } = this.#setting;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for await (const answer of api.follow(ALLOCATIONS, signal)) {
          if (!(await update(state, readAllocations(answer)))) continue;
          onEvent(`instances: ${state.instances.map(({ instance, port }) => `${instance} at ${port}`).join(", ")}`);
        }
      } catch (error) {
        if (signal.aborted) return;
        onEvent(`following Nomad's allocations: ${String(error)}`);
        await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DEPLOY_MS)]);
  }
}

/** What the lab gives its job files. */
async function jobVariables(
  { dir, files }: LabState,
  consul: ConsulCluster | null,
  envoy: Program | null,
): Promise<JobVariables> {
  return {
    node: process.execPath,
    services: SERVICES,
    root_ca: await readFile(files.root, "utf8"),
    root_crl: await readFile(files.rootCrl, "utf8"),
    lab: dir,
    steady: steadyRate(STEADY_PER_SECOND),
    ...(consul && { consul: true }),
    ...(consul &&
      envoy && {
        mesh: true,
        consul_bin: consul.program.path,
        envoy_bin: envoy.path,
        consul_addr: consul.address,
        consul_grpc: consul.grpc,
      }),
  };
}

/** `a-0`, `a-1`: those that have an identity of their own. */
function placesIn({ id, groups }: Job): string[] {
  const count = groups.find(({ name }) => name === "instances")?.count ?? 0;
  return Array.from({ length: count }, (_, index) => `${id.slice(-1)}-${index}`);
}

async function readyNodes(api: NomadApi): Promise<number> {
  const nodes = nodesReply.parse(await api.ask("GET", "/v1/nodes"));
  return nodes.filter(({ Status }) => Status === "ready").length;
}

/** Whether anything in the state is now another. Who holds the state's own lists sees it at once, who reads files soon. */
async function update(state: LabState, allocations: Allocation[]): Promise<boolean> {
  const instances = instancesOf(state, allocations);
  const mesh = meshOf(allocations);
  if (isDeepStrictEqual([instances, mesh], [state.instances, state.mesh])) return false;
  state.instances.splice(0, Infinity, ...instances);
  state.mesh.splice(0, Infinity, ...mesh);
  await writeAddresses(state);
  // A lab that is still starting is not to be found before it is up.
  if ((await readState(state.dir)) !== null) await writeState(state);
  return true;
}

/** Stops every job, waits until none of its tasks runs, and has Nomad forget all of it. */
async function stopJobs(api: NomadApi): Promise<void> {
  for (const { name } of services) await api.ask("DELETE", `/v1/job/${name}?purge=true&no_shutdown_delay=true`);
  const ended = async () => {
    const left = (await listAllocations(api)).filter(({ ClientStatus }) =>
      ["pending", "running"].includes(ClientStatus),
    );
    return left.length === 0 ? true : null;
  };
  await eventually("Nomad to stop the jobs", ended, AbortSignal.timeout(STOP_MS));
  await api.ask("PUT", "/v1/system/gc");
}
