import { z } from "zod";
import { botStatus } from "./bot.ts";
import type { Firewall } from "./firewall/firewall.ts";
import { firewallStatusSchema } from "./firewall/firewall-status.ts";
import { diskProblem } from "./folder.ts";
import { askIdentity, identityNow } from "./identity-now.ts";
import type { Mesh } from "./mesh.ts";
import type { ConsulCluster } from "./stack/consul.ts";
import type { NomadCluster } from "./stack/nomad.ts";
import { instanceSchema, type LabInstance, type LabState, stateSchema } from "./state.ts";
import type { Child } from "./supervise.ts";

const whereabouts = {
  /** Its node and allocation under Nomad; null for a process of the lab's own. */
  allocation: z.object({ id: z.string(), node: z.string() }).nullable(),
  /** As Consul's checks see it; null without Consul. */
  check: z.object({ status: z.enum(["passing", "warning", "critical"]), output: z.string() }).nullable(),
};

const instanceStatusSchema = instanceSchema
  .pick({ service: true, instance: true, host: true, port: true, serverName: true })
  .extend({
    ...identityNow,
    ...whereabouts,
  });

const consulStatusSchema = z.object({
  leader: z.string().nullable(),
  servers: z.array(z.object({ name: z.string(), alive: z.boolean(), leader: z.boolean() })),
});

const nomadStatusSchema = z.object({
  leader: z.string().nullable(),
  nodes: z.array(z.object({ name: z.string(), status: z.string(), eligible: z.boolean() })),
});

const certificateSchema = z.object({
  serial: z.string(),
  spiffe: z.string(),
  notBefore: z.number(),
  notAfter: z.number(),
  root: z.string(),
});

const meshStatusSchema = z.object({
  ca: z.object({
    provider: z.enum(["vault", "built-in"]),
    roots: z.array(z.object({ id: z.string(), name: z.string(), active: z.boolean(), notAfter: z.number() })),
  }),
  sidecars: z.array(
    z.object({
      service: z.string(),
      instance: z.string(),
      certificate: certificateSchema.nullable(),
      problem: z.string().nullable(),
      ...whereabouts,
    }),
  ),
  intentions: z.array(z.object({ source: z.string(), destination: z.string(), action: z.enum(["allow", "deny"]) })),
});

export const labStatusSchema = stateSchema.pick({ startedAt: true, urls: true, profile: true }).extend({
  ready: z.boolean(),
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
  /** Each null where it is not part of the profile. */
  consul: consulStatusSchema.nullable(),
  nomad: nomadStatusSchema.nullable(),
  mesh: meshStatusSchema.nullable(),
  firewall: firewallStatusSchema.nullable(),
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
  consul: Pick<ConsulCluster, "status"> | null;
  nomad: Pick<NomadCluster, "status"> | null;
  mesh: Pick<Mesh, "status"> | null;
  firewall: Pick<Firewall, "status"> | null;
}): Promise<LabStatus> {
  const { state, children, vaultProblem, alarms } = of;
  const [consul, nomad, mesh, firewall, bot, vault, disk, told] = await Promise.all([
    of.consul?.status() ?? null,
    of.nomad?.status() ?? null,
    of.mesh?.status() ?? null,
    of.firewall?.status() ?? null,
    botStatus(state).catch(() => null),
    vaultProblem(),
    diskProblem(state.dir).catch(() => null),
    Promise.all(state.instances.map(instanceStatus)),
  ]);
  const checkOf = (instance: string) => consul?.checks[instance] ?? null;
  const instances = told.map((one) => ({ ...one, check: checkOf(one.instance) }));
  const sidecars = mesh?.sidecars.map((sidecar) => {
    const runsIn = state.mesh.find(({ instance }) => instance === sidecar.instance)?.runsIn;
    return { ...sidecar, allocation: allocationOf(runsIn), check: checkOf(sidecar.instance) };
  });
  const problems = [
    ...children.flatMap(({ problem }) => problem ?? []),
    ...[vault, consul?.problem, nomad?.problem].flatMap((problem) => problem ?? []),
    ...(sidecars ?? []).flatMap(({ instance, problem }) => (problem === null ? [] : [`${instance}: ${problem}.`])),
    ...[...instances, ...(firewall?.services ?? [])].flatMap(({ instance, problem }) =>
      problem === null ? [] : [`${instance}: ${problem}.`],
    ),
    ...(firewall?.router.counters === null ? ["The firewall's router does not tell its counters."] : []),
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
    consul,
    nomad,
    mesh: mesh && { ...mesh, sidecars: sidecars ?? [] },
    firewall,
    // A disk that is nearly full has not stopped anything yet.
    problems: [...alarms, ...problems, ...(disk === null ? [] : [disk])],
  };
}

async function instanceStatus(of: LabInstance): Promise<Omit<InstanceStatus, "check">> {
  const { service, instance, host, port, serverName, runsIn } = of;
  return { service, instance, host, port, serverName, ...(await askIdentity(of)), allocation: allocationOf(runsIn) };
}

function allocationOf(runsIn: LabInstance["runsIn"] | undefined): InstanceStatus["allocation"] {
  return runsIn?.kind === "nomad" ? { id: runsIn.allocation, node: runsIn.node } : null;
}
