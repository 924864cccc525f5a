import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { Problem } from "../vault-config/problem.ts";
import { hold } from "./lock.ts";
import { listenerOn } from "./processes.ts";
import type { LabPorts, Profile } from "./state.ts";

export const HOST = "127.0.0.1";

const instanceNames = ["a-1", "a-2", "b-1", "b-2"] as const;
const meshNames = ["a-mesh", "b-mesh"] as const;
const zonedNames = ["a-app", "b-db"] as const;

/** The addresses of the lab as its documents name them. */
export const defaultPorts: LabPorts = {
  vault: 8200,
  vaultCluster: 8201,
  instances: {
    "a-1": { port: 7443, adminPort: 17443 },
    "a-2": { port: 7444, adminPort: 17444 },
    "b-1": { port: 8443, adminPort: 18443 },
    "b-2": { port: 8444, adminPort: 18444 },
  },
  bot: 3000,
  slack: 3001,
  console: 3002,
  traffic: 3003,
  consul: {
    servers: [
      { rpc: 8300, serf: 8301, https: 8501 },
      { rpc: 8310, serf: 8311, https: 8511 },
      { rpc: 8320, serf: 8321, https: 8521 },
    ],
    client: { serf: 8331, https: 8531, grpc: 8502 },
    second: { serf: 8341, https: 8541, grpc: 8503 },
  },
  nomad: {
    server: { http: 4646, rpc: 4647, serf: 4648 },
    clients: [
      { http: 4656, firstDynamic: 19_000, lastDynamic: 19_019 },
      { http: 4666, firstDynamic: 19_020, lastDynamic: 19_039 },
    ],
  },
  mesh: {
    "a-mesh": { port: 7080, adminPort: 17_080, sidecarPort: 7081, envoyAdminPort: 19_101, upstreamPort: 7090 },
    "b-mesh": { port: 8080, adminPort: 18_080, sidecarPort: 8081, envoyAdminPort: 19_102, upstreamPort: 8090 },
  },
  firewall: {
    cts: 8558,
    instances: {
      "a-app": { port: 7445, adminPort: 17_445 },
      "b-db": { port: 8445, adminPort: 18_445 },
    },
  },
};

const DYNAMIC_EACH = 20;
const BLOCK = 100;
const FIRST_BLOCK = 20_000;

/** A block of ports of its own for one lab, free now and kept from every other lab until disposed. */
export async function reserveFreePorts(
  profile: readonly Profile[],
): Promise<{ ports: LabPorts; reservation: AsyncDisposable }> {
  const blocks = Math.floor(((await firstEphemeralPort()) - FIRST_BLOCK) / BLOCK);
  const start = Math.floor(Math.random() * blocks);
  for (let turn = 0; turn < blocks; turn += 1) {
    const base = FIRST_BLOCK + ((start + turn) % blocks) * BLOCK;
    const reservation = await hold(`ports-${base}`);
    if (reservation === null) continue;
    const ports = portsFrom(base);
    if ((await taken(ports, profile)).length === 0) return { ports, reservation };
    await reservation[Symbol.asyncDispose]();
  }
  throw new Problem("NO_FREE_PORTS", "No free block of ports was found.", "Stop some of the servers on this machine.");
}

/** Throws a `Problem` that names each port that is taken, and by whom. */
export async function requireFree(ports: LabPorts, profile: readonly Profile[]): Promise<void> {
  const inTheWay = await taken(ports, profile);
  if (inTheWay.length === 0) return;
  const told = await Promise.all(inTheWay.map(describeTaken));
  throw new Problem("PORT_TAKEN", told.join(" "), "Stop what holds it, or start the lab with --free-ports.");
}

/** Every port of a lab of that profile with what it is for. */
export function listPorts(ports: LabPorts, profile: readonly Profile[]): { port: number; use: string }[] {
  const nomad = profile.includes("nomad");
  const connect = profile.includes("connect");
  const firewall = profile.includes("firewall");
  return [
    { port: ports.vault, use: "Vault" },
    { port: ports.vaultCluster, use: "Vault's cluster" },
    ...(nomad ? nomadPorts(ports) : instancePorts(ports)),
    ...(connect || firewall ? consulPorts(ports, nomad) : []),
    ...(connect && !nomad ? meshPorts(ports) : []),
    ...(firewall ? [{ port: ports.firewall.cts, use: "CTS" }, ...instancePorts(ports.firewall)] : []),
    { port: ports.bot, use: "the bot" },
    { port: ports.slack, use: "the Slack stand-in" },
    { port: ports.console, use: "the console" },
    { port: ports.traffic, use: "the traffic's admin" },
  ];
}

function instancePorts({ instances }: Pick<LabPorts, "instances">) {
  return Object.entries(instances).flatMap(([name, own]) => [
    { port: own.port, use: `instance ${name}` },
    { port: own.adminPort, use: `instance ${name}'s admin` },
  ]);
}

function nomadPorts({ nomad: { server, clients } }: LabPorts) {
  return [
    ...Object.entries(server).map(([kind, port]) => ({ port, use: `Nomad's server (${kind})` })),
    ...clients.flatMap(({ http, firstDynamic, lastDynamic }) => [
      { port: http, use: "Nomad's client" },
      ...Array.from({ length: lastDynamic - firstDynamic + 1 }, (_, index) => ({
        port: firstDynamic + index,
        use: "Nomad's allocations",
      })),
    ]),
  ];
}

function consulPorts({ consul: { servers, client, second } }: LabPorts, nomad: boolean) {
  return [...servers, client, ...(nomad ? [second] : [])].flatMap((ports) =>
    Object.entries(ports).map(([kind, port]) => ({ port, use: `Consul (${kind})` })),
  );
}

function meshPorts({ mesh }: LabPorts) {
  return Object.entries(mesh).flatMap(([name, ports]) =>
    Object.values(ports).map((port) => ({ port, use: `${name} and its sidecar` })),
  );
}

/** One sentence: which port, wanted for what, held by whom. */
export async function describeTaken({ port, use }: { port: number; use: string }): Promise<string> {
  const listener = await listenerOn(port);
  const who = listener?.process;
  const holder = who ? `process ${who.pid} (${shorten(who.command)})` : "a process of another user";
  return `Port ${port}, wanted for ${use}, is taken by ${holder}.`;
}

/** Those of the lab's ports that cannot be listened on now. */
export async function taken(ports: LabPorts, profile: readonly Profile[]): Promise<{ port: number; use: string }[]> {
  const list = listPorts(ports, profile);
  const free = await Promise.all(list.map(({ port }) => canListen(port)));
  return list.filter((_, index) => !free[index]);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    return false;
  }
}

function portsFrom(base: number): LabPorts {
  let next = base;
  const take = () => next++;
  return {
    vault: take(),
    vaultCluster: take(),
    instances: Object.fromEntries(instanceNames.map((name) => [name, { port: take(), adminPort: take() }])),
    bot: take(),
    slack: take(),
    console: take(),
    traffic: take(),
    consul: {
      servers: [serverPorts(), serverPorts(), serverPorts()],
      client: { serf: take(), https: take(), grpc: take() },
      second: { serf: take(), https: take(), grpc: take() },
    },
    nomad: {
      server: { http: take(), rpc: take(), serf: take() },
      clients: [clientPorts(), clientPorts()],
    },
    mesh: Object.fromEntries(
      meshNames.map((name) => [
        name,
        {
          port: take(),
          adminPort: take(),
          sidecarPort: take(),
          envoyAdminPort: take(),
          upstreamPort: take(),
        },
      ]),
    ),
    firewall: {
      cts: take(),
      instances: Object.fromEntries(zonedNames.map((name) => [name, { port: take(), adminPort: take() }])),
    },
  };

  function serverPorts() {
    return { rpc: take(), serf: take(), https: take() };
  }

  function clientPorts() {
    const http = take();
    const firstDynamic = next;
    next += DYNAMIC_EACH;
    return { http, firstDynamic, lastDynamic: next - 1 };
  }
}

/** Below it, no outgoing connection can take a port of ours away between choosing it and listening on it. */
async function firstEphemeralPort(): Promise<number> {
  const range = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => "");
  const first = Number.parseInt(range, 10);
  return first > FIRST_BLOCK + 100 * BLOCK ? first : 32_768;
}

function shorten(command: string): string {
  return command.length > 80 ? `${command.slice(0, 79)}…` : command;
}
