import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { eventually } from "../../lab/eventually.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import type { NomadCluster } from "../../lab/stack/nomad.ts";
import { listAllocations } from "../../lab/stack/nomad-allocations.ts";

const SAID_MS = 40_000;
const run = promisify(execFile);

const submissionReply = z.object({ Source: z.string(), Variables: z.string() });

/** The text of a job, and what it was given. */
export type Submission = z.infer<typeof submissionReply>;

/** As the lab has it run. */
export async function submissionOf(nomad: NomadCluster, job: string): Promise<Submission> {
  return submissionReply.parse(await nomad.ask("GET", `/v1/job/${job}/submission?version=0`));
}

export async function runJob(nomad: NomadCluster, { Source, Variables }: Submission): Promise<void> {
  const Job = await nomad.ask("POST", "/v1/jobs/parse", { JobHCL: Source, Variables, Canonicalize: true });
  await nomad.ask("POST", "/v1/jobs", { Job });
}

/** Runs the job of service-a under another name. Disposing has Nomad forget it. */
export async function startImposter(nomad: NomadCluster): Promise<AsyncDisposable> {
  const { Source, Variables } = await submissionOf(nomad, "service-a");
  await runJob(nomad, { Source: Source.replace("id   = var.service", 'id   = "imposter"'), Variables });
  return { [Symbol.asyncDispose]: async () => void (await nomad.ask("DELETE", "/v1/job/imposter?purge=true")) };
}

/** The first thing of that kind that Nomad says of a task of that job, whether it still wants it or not. */
export function saidOf(nomad: NomadCluster, job: string, kind: RegExp): Promise<string> {
  const find = async () => {
    const own = (await listAllocations(nomad)).filter(({ JobID }) => JobID === job);
    const events = own.flatMap(({ TaskStates }) =>
      Object.values(TaskStates ?? {}).flatMap(({ Events }) => Events ?? []),
    );
    return events.find(({ DisplayMessage }) => kind.test(DisplayMessage))?.DisplayMessage ?? null;
  };
  return eventually(`Nomad to say ${kind} of ${job}`, find, AbortSignal.timeout(SAID_MS));
}

/**
 * What `nomad job plan` says would change in a job that runs, given what the lab gave it. Rejects where allocations would be
 * made or ended: the command's exit code is 1 then.
 */
export async function planOf(nomad: NomadCluster, job: string): Promise<string> {
  const { path } = await findProgram("nomad");
  const made = await nomad.ask("POST", "/v1/acl/token", { Name: "plan", Type: "management" });
  const { SecretID } = z.object({ SecretID: z.string() }).parse(made);
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-plan-"));
  const file = join(folder.path, "lab.hcl");
  await writeFile(file, (await submissionOf(nomad, job)).Variables);
  const spec = join(import.meta.dirname, "../../nomad/service.nomad.hcl");
  const env = { NOMAD_ADDR: nomad.address, NOMAD_CACERT: nomad.caFile, NOMAD_TOKEN: SecretID };
  const { stdout } = await run(path, ["job", "plan", `-var-file=${file}`, spec], { env });
  return stdout.split("Scheduler dry-run")[0] ?? "";
}
