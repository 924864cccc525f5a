import { z } from "zod";
import type { Ask } from "./consul-api.ts";
import type { ConsulServer } from "./consul-servers.ts";
import type { ConsulStatus } from "./consul.ts";

type Checks = ConsulStatus["checks"];

/** One server as it was asked just now. */
export interface AskedServer extends Pick<ConsulServer, "name" | "rpc"> {
  /** The leader's `rpc` as this one knows it, empty when it knows of none; null when it does not answer. */
  leader: string | null;
}

const leaderReply = z.string();
const checksReply = z.record(
  z.string(),
  z.object({
    Status: z.enum(["passing", "warning", "critical"]),
    Output: z.string(),
    ServiceTags: z.array(z.string()).nullable(),
  }),
);

const INSTANCE_TAG = "instance=";
const gravity = { passing: 0, warning: 1, critical: 2 };

/** Whom that server takes for the leader; never rejects. */
export async function askLeader({ name, rpc }: ConsulServer, ask: Ask): Promise<AskedServer> {
  const leader = await ask("GET", "/v1/status/leader").then(
    (answer) => leaderReply.parse(answer),
    () => null,
  );
  return { name, rpc, leader };
}

/** The checks of the clients that are asked, which they go on with when there is no leader; null when one does not answer. */
export async function askChecks(clients: Ask[]): Promise<Checks | null> {
  const asked = clients.map(async (ask) => Object.values(checksReply.parse(await ask("GET", "/v1/agent/checks"))));
  return Promise.all(asked).then(
    (checks) => worstByInstance(checks.flat()),
    () => null,
  );
}

export function judge(servers: AskedServer[], checks: Checks | null): ConsulStatus {
  const alive = servers.filter(({ leader }) => leader !== null);
  // For a moment the others still name a leader that is gone.
  const leader = alive.find(({ rpc }) => alive.some((other) => other.leader === rpc))?.name ?? null;
  return {
    leader,
    servers: servers.map((server) => ({
      name: server.name,
      alive: alive.includes(server),
      leader: server.name === leader,
    })),
    checks: checks ?? {},
    problem:
      clusterProblem(servers, alive, leader) ?? (checks === null ? "A client of Consul's does not answer." : null),
  };
}

function clusterProblem(servers: AskedServer[], alive: AskedServer[], leader: string | null): string | null {
  if (leader === null) {
    const [count, all] = [alive.length, servers.length];
    if (count > all / 2) return "Consul has no leader: its servers are about to elect one.";
    return `Consul has no leader: ${count === 0 ? "none" : count} of ${all} servers ${count === 1 ? "answers" : "answer"}.`;
  }
  const silent = servers.filter((server) => !alive.includes(server)).map(({ name }) => name);
  return silent.length === 0 ? null : `Consul's ${silent.join(" and ")} does not answer; the others go on.`;
}

/** The worst of each instance's checks. A sidecar's count too: it carries the tags of what it stands before. */
function worstByInstance(checks: z.infer<typeof checksReply>[string][]): Checks {
  const worst: Checks = {};
  for (const { Status: status, Output: output, ServiceTags: tags } of checks) {
    const instance = tags?.find((tag) => tag.startsWith(INSTANCE_TAG))?.slice(INSTANCE_TAG.length);
    if (instance === undefined) continue;
    const known = worst[instance];
    const graver = known === undefined || gravity[status] > gravity[known.status];
    if (graver) worst[instance] = { status, output: output.trim() };
  }
  return worst;
}
