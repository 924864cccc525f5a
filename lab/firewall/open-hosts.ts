import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import type { LabState } from "../state.ts";
import type { ChildSpec, Supervisor } from "../supervise.ts";
import { openForwards } from "./forward.ts";
import { forwardsOf, relaySocket } from "./forwards-of.ts";
import { environment } from "./isolation.ts";
import type { Namespaces } from "./namespaces.ts";
import { type HostName, hosts } from "./zones.ts";

const RELAY = join(import.meta.dirname, "relay.ts");

/** Has a child run on its host: the management host unless it says another. */
export function placedIn(network: Namespaces): (spec: ChildSpec) => ChildSpec {
  return (spec) => {
    const [command = "", ...words] = network.enter(spec.host ?? "management");
    const args = [...words, spec.command, ...spec.args];
    return { ...spec, command, args, env: { PATH: environment().PATH ?? "", ...spec.env } };
  };
}

/** Has a process on every host, and leads each port that is known of this machine's loopback to where it is served. */
export async function openHosts({
  state,
  supervisor,
}: {
  state: LabState;
  supervisor: Supervisor;
}): Promise<AsyncDisposable> {
  const { firewall, dir } = state;
  if (firewall === null) throw new Error("this lab has no hosts");
  const forwards = forwardsOf(state);
  const start = async (name: HostName): Promise<number | null> => {
    const relay = relaySocket(dir, name);
    const targets = forwards.filter((forward) => forward.relay === relay).flatMap((forward) => forward.targets);
    return (await supervisor.spawn(targets.length === 0 ? idle(dir, name) : relayed(dir, name, targets))).pid;
  };
  const [router, ...pids] = await Promise.all(["router" as const, ...hosts.map(({ name }) => name)].map(start));
  firewall.router.pid = router ?? null;
  firewall.hosts.forEach((host, index) => (host.pid = pids[index] ?? null));
  return openForwards(forwards);
}

/** The name of the child that stands for a host. */
export function hostChild(host: string): string {
  return `host ${host}`;
}

function relayed(dir: string, host: HostName, targets: string[]): ChildSpec {
  const socket = relaySocket(dir, host);
  return {
    name: hostChild(host),
    host,
    command: process.execPath,
    args: [RELAY],
    env: { SOCKET: socket, TARGETS: targets.join(",") },
    log: join(dir, "logs", `host-${host}.log`),
    async ready(signal) {
      await eventually(`the relay on ${host}`, async () => reaches(socket), signal);
    },
  };
}

/** A host on which nothing is spoken to from outside. */
function idle(dir: string, host: HostName): ChildSpec {
  return {
    name: hostChild(host),
    host,
    command: "tail",
    args: ["-f", "/dev/null"],
    log: join(dir, "logs", `host-${host}.log`),
  };
}

async function reaches(path: string): Promise<true> {
  const socket = connect(path);
  await once(socket, "connect");
  socket.destroy();
  return true;
}
