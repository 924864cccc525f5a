import { z } from "zod";
import { services } from "../../vault-config/services.ts";
import type { NomadStatus } from "./nomad.ts";
import { type Allocation, listAllocations, placeOf, wanted } from "./nomad-allocations.ts";
import type { Asking } from "./nomad-api.ts";

/** Of what Nomad says of a task, in a sentence. */
const LONGEST = 300;

/** Kinds of events that follow from another, which says why, or say nothing of a trouble. */
const CONSEQUENCES = [
  ...["Received", "Task Setup", "Started"],
  ...["Killed", "Restarting", "Not Restarting", "Alloc Unhealthy", "Sibling Task Failed"],
];

const leaderReply = z.string();
const nodesReply = z.array(
  z.object({ Name: z.string(), Status: z.string(), SchedulingEligibility: z.enum(["eligible", "ineligible"]) }),
);
const groups = z.record(z.string(), z.object({ Desired: z.number(), Running: z.number(), Unhealthy: z.number() }));
const scaleReply = z.object({ JobStopped: z.boolean(), TaskGroups: groups });

/** One job as Nomad counts it; null where there is no such job. */
export interface Counted {
  job: string;
  groups: z.infer<typeof groups> | null;
}

/** What Nomad's server says of its nodes and jobs; never rejects. */
export async function nomadStatus(api: Asking): Promise<NomadStatus> {
  try {
    const [leader, nodes, allocations, ...jobs] = await Promise.all([
      api.ask("GET", "/v1/status/leader").then((answer) => leaderReply.parse(answer)),
      api.ask("GET", "/v1/nodes").then((answer) => nodesReply.parse(answer)),
      listAllocations(api),
      ...services.map(({ name }) => countJob(api, name)),
    ]);
    return {
      leader: leader || null,
      nodes: nodes
        .map((node) => ({
          name: node.Name,
          status: node.Status,
          eligible: node.SchedulingEligibility === "eligible",
        }))
        .toSorted((left, right) => left.name.localeCompare(right.name)),
      allocations: wanted(allocations).map(told),
      problem: problemOf(nodes, allocations, jobs),
    };
  } catch {
    return { leader: null, nodes: [], allocations: [], problem: "Nomad's server does not answer." };
  }
}

async function countJob(api: Asking, job: string): Promise<Counted> {
  const answer = scaleReply.nullable().parse(await api.ask("GET", `/v1/job/${job}/scale`));
  return { job, groups: answer === null || answer.JobStopped ? null : answer.TaskGroups };
}

/** One sentence for each thing that is not as it should be; null when all is well. */
export function problemOf(
  nodes: z.infer<typeof nodesReply>,
  allocations: Allocation[],
  jobs: Counted[],
): string | null {
  const sentences = [
    ...nodes.flatMap((node) => nodeProblem(node) ?? []),
    ...jobs.flatMap((job) => jobProblem(job, allocations) ?? []),
  ];
  return sentences.length === 0 ? null : sentences.join(" ");
}

function nodeProblem({ Name, Status, SchedulingEligibility }: z.infer<typeof nodesReply>[number]): string | null {
  if (Status === "down") return `Nomad's node ${Name} is down: what ran there is started on another.`;
  if (Status === "ready" && SchedulingEligibility === "eligible") return null;
  return Status === "ready" ? `Nomad's node ${Name} takes no allocations.` : `Nomad's node ${Name} is ${Status}.`;
}

function jobProblem({ job, groups: counted }: Counted, allocations: Allocation[]): string | null {
  if (counted === null) return `Nomad runs no job ${job}.`;
  const short = Object.entries(counted).flatMap(([group, { Desired, Running, Unhealthy }]) => {
    const well = Math.max(0, Running - Unhealthy);
    return well >= Desired ? [] : [`${well} of ${Desired} allocations of group ${group} are well`];
  });
  const ailing = wanted(allocations).flatMap((one) => (one.JobID === job ? (ailment(one) ?? []) : []));
  if (short.length === 0 && ailing.length === 0) return null;
  return `Nomad's job ${job}: ${[...short, ...ailing].join("; ")}.`;
}

/** What an allocation that is wanted lacks; null when it runs, all of its tasks do, and it is not known to be ill. */
function ailment(allocation: Allocation): string | null {
  const { ClientStatus, NodeName, DeploymentStatus, TaskStates } = allocation;
  const failing = DeploymentStatus?.Healthy === false;
  const restless = Object.keys(TaskStates ?? {}).find((task) => endsAgainAndAgain(TaskStates?.[task]));
  if (ClientStatus === "running" && !failing && restless === undefined) return null;
  const telling = restless === undefined ? Object.values(TaskStates ?? {}) : [TaskStates?.[restless]];
  const events = telling.flatMap((task) => task?.Events ?? []);
  const last = events.findLast(({ Type }) => !CONSEQUENCES.includes(Type));
  const why = last === undefined ? "" : ` (${shorten(last.DisplayMessage)})`;
  const running =
    restless === undefined ? "runs and fails its check" : `runs without its ${restless}, which does not stay up`;
  const state = ClientStatus === "running" ? running : `is ${ClientStatus}`;
  return `${placeOf(allocation).instance} on ${NodeName} ${state}${why}`;
}

/** It has ended, and is about to be started once more: not for the first time. */
function endsAgainAndAgain(task: NonNullable<Allocation["TaskStates"]>[string] | undefined): boolean {
  const events = task?.Events ?? [];
  return events.at(-1)?.Type === "Restarting" && events.filter(({ Type }) => Type === "Terminated").length > 1;
}

function shorten(message: string): string {
  const line = message.replaceAll(/\s+/g, " ").replace(/\.$/, "").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function told(allocation: Allocation): NomadStatus["allocations"][number] {
  const { ID: id, JobID: job, TaskGroup: group, NodeName: node, ClientStatus, DeploymentStatus } = allocation;
  return { id, job, group, node, status: ClientStatus, healthy: DeploymentStatus?.Healthy ?? null };
}
