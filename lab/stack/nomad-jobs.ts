import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { hclString } from "./hcl.ts";
import type { Asking } from "./nomad-api.ts";

const FOLDER = join(import.meta.dirname, "../../nomad");
const SPECIFICATION = "service.nomad.hcl";

export type JobVariables = Record<string, string | boolean>;

/** A job as Nomad read it from its file. */
export interface Job {
  id: string;
  groups: { name: string; count: number }[];
  /** What Nomad takes to plan or run it. */
  submission: { Job: unknown; Submission: { Source: string; Format: "hcl2"; Variables: string } };
}

const jobReply = z.looseObject({
  ID: z.string(),
  TaskGroups: z.array(z.looseObject({ Name: z.string(), Count: z.number() })),
});
const runReply = z.object({ JobModifyIndex: z.number() });
const deploymentReply = z.object({ JobModifyIndex: z.number(), Status: z.string(), StatusDescription: z.string() });

/**
 * The job of that service: one specification for all, with what stands beside it for each. A `Problem` in one sentence when
 * a variable is missing or Nomad cannot read it.
 */
export async function readServiceJob(api: Asking, service: string, variables: JobVariables): Promise<Job> {
  const source = await readFile(join(FOLDER, SPECIFICATION), "utf8");
  const own = await readFile(join(FOLDER, `${service}.vars.hcl`), "utf8");
  const given = Object.entries(variables).map(
    ([name, value]) => `${name} = ${typeof value === "string" ? hclString(value) : value}\n`,
  );
  return readJob(api, { file: `nomad/${SPECIFICATION}`, source, variables: [own, ...given].join("") });
}

/** Has Nomad read the text of a job file, with its variables as `-var-file` has them; `file` is what a problem calls it. */
export async function readJob(
  api: Asking,
  { file, source, variables: Variables }: { file: string; source: string; variables: string },
): Promise<Job> {
  const asked = api.ask("POST", "/v1/jobs/parse", { JobHCL: source, Variables, Canonicalize: true });
  const job = jobReply.parse(
    await asked.catch((error: unknown) => {
      throw unreadable(error, file);
    }),
  );
  return {
    id: job.ID,
    groups: job.TaskGroups.map(({ Name, Count }) => ({ name: Name, count: Count })),
    submission: { Job: job, Submission: { Source: source, Format: "hcl2", Variables } },
  };
}

/** Has Nomad run it, or change what runs to it. Resolves to its index, by which `deployed` knows it. */
export async function runJob(api: Asking, { submission }: Job): Promise<number> {
  return runReply.parse(await api.ask("POST", "/v1/jobs", submission)).JobModifyIndex;
}

/** Whether what was run under that index has taken the place of everything before it. Throws a `Problem` when it never will. */
export async function isDeployed(api: Asking, { id }: Job, index: number): Promise<boolean> {
  const deployment = deploymentReply.nullable().parse(await api.ask("GET", `/v1/job/${id}/deployment`));
  if (deployment === null || deployment.JobModifyIndex < index) return false;
  if (!["failed", "cancelled"].includes(deployment.Status)) return deployment.Status === "successful";
  throw new Problem(
    "DEPLOYMENT_FAILED",
    `Nomad gave up deploying ${id}: ${deployment.StatusDescription}.`,
    "See why: nomad job status, or the lab's logs.",
  );
}

function unreadable(error: unknown, file: string): unknown {
  if (!(error instanceof Problem) || error.code !== "NOMAD_REFUSED") return error;
  const unset = [...error.message.matchAll(/Unset variable "([^"]+)"/g)].map(([, name]) => `"${name}"`).toSorted();
  if (unset.length > 0) {
    const names = unset.length === 1 ? `the variable ${unset[0]}` : `the variables ${unset.join(", ")}`;
    return new Problem(
      "JOB_VARIABLE_MISSING",
      `${file} needs a value for ${names}.`,
      "With Nomad's own command: nomad job run -var NAME=VALUE; nomad/README.md tells what each is for.",
    );
  }
  const refused = /Invalid value for varfile variable; ([^\n]+)/.exec(error.message)?.[1];
  const said = refused ?? error.message.replace(/^.*?Failed to parse job: /s, "").split("\n")[0];
  return new Problem("JOB_UNREADABLE", `${file}: ${said}`, "nomad/README.md tells of its variables.");
}
