import { z } from "zod";
import { botStatus } from "./bot.ts";
import { diskProblem } from "./folder.ts";
import { health } from "./instances.ts";
import type { LabInstance, LabState } from "./state.ts";
import type { Child } from "./supervise.ts";

const instanceStatusSchema = z.object({
  service: z.string(),
  instance: z.string(),
  host: z.string(),
  port: z.number(),
  serial: z.string().nullable(),
  generation: z.string().nullable(),
  notBefore: z.number().nullable(),
  notAfter: z.number().nullable(),
  problem: z.string().nullable(),
});

export const labStatusSchema = z.object({
  ready: z.boolean(),
  startedAt: z.number(),
  urls: z.object({ vault: z.string(), bot: z.string(), slack: z.string(), console: z.string() }),
  profile: z.array(z.string()),
  children: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["starting", "up", "backoff", "stopped"]),
      pid: z.number().nullable(),
      restarts: z.number(),
    }),
  ),
  instances: z.array(instanceStatusSchema),
  /** `frozen`: service names, or "*" for all. */
  bot: z.object({ ready: z.boolean(), renewals: z.number(), frozen: z.array(z.string()) }),
  /** Where the bot speaks: with the lab's stand-in, or in a Slack of the user's own. */
  slack: z.enum(["stand-in", "own"]),
  /** One sentence each; empty when all is well. */
  problems: z.array(z.string()),
});

/** What `status --json` prints: no secret is in it. Times in epoch ms. */
export type LabStatus = z.infer<typeof labStatusSchema>;
export type InstanceStatus = z.infer<typeof instanceStatusSchema>;

/** Asks everything that runs how it is. What does not answer is a problem in the status, never a failure of asking. */
export async function gatherStatus(of: {
  state: LabState;
  children: readonly Child[];
  vaultProblem: () => Promise<string | null>;
  /** What happened once and stays told until the lab is reset; it does not make the lab unready. */
  alarms: readonly string[];
}): Promise<LabStatus> {
  const { state, children, vaultProblem, alarms } = of;
  const [instances, bot, vault, disk] = await Promise.all([
    Promise.all(state.instances.map(instanceStatus)),
    botStatus(state).catch(() => null),
    vaultProblem(),
    diskProblem(state.dir).catch(() => null),
  ]);
  const problems = [
    ...children.flatMap(({ problem }) => problem ?? []),
    ...(vault === null ? [] : [vault]),
    ...instances.flatMap(({ instance, problem }) => (problem === null ? [] : [`${instance}: ${problem}.`])),
    ...(bot?.ready ? [] : [bot === null ? "The bot does not answer." : "The bot is not ready."]),
  ];
  const { startedAt, urls, profile } = state;
  return {
    ready: problems.length === 0,
    startedAt,
    urls,
    profile,
    children: children.map((child) => ({
      name: child.name,
      state: child.state(),
      pid: child.pid,
      restarts: child.restarts,
    })),
    instances,
    bot: bot ?? { ready: false, renewals: 0, frozen: [] },
    slack: state.slack.own ? "own" : "stand-in",
    // A disk that is nearly full has not stopped anything yet.
    problems: [...alarms, ...problems, ...(disk === null ? [] : [disk])],
  };
}

async function instanceStatus(of: LabInstance): Promise<InstanceStatus> {
  const { service, instance, host, port } = of;
  const answer = await health(of).catch(() => null);
  return {
    service,
    instance,
    host,
    port,
    serial: answer?.identity?.serial ?? null,
    generation: answer?.identity?.generation ?? null,
    notBefore: answer?.identity?.notBefore ?? null,
    notAfter: answer?.identity?.notAfter ?? null,
    problem: answer === null ? "it does not answer" : answer.problem,
  };
}
