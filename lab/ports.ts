import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { Problem } from "../vault-config/problem.ts";
import { hold } from "./lock.ts";
import { listenerOn } from "./processes.ts";
import type { LabPorts } from "./state.ts";

export const HOST = "127.0.0.1";

const instanceNames = ["a-1", "a-2", "b-1", "b-2"] as const;

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
};

const BLOCK = 16;
const FIRST_BLOCK = 20_000;

/** A block of ports of its own for one lab, free now and kept from every other lab until disposed. */
export async function reserveFreePorts(): Promise<{ ports: LabPorts; reservation: AsyncDisposable }> {
  const blocks = Math.floor(((await firstEphemeralPort()) - FIRST_BLOCK) / BLOCK);
  const start = Math.floor(Math.random() * blocks);
  for (let turn = 0; turn < blocks; turn += 1) {
    const base = FIRST_BLOCK + ((start + turn) % blocks) * BLOCK;
    const reservation = await hold(`ports-${base}`);
    if (reservation === null) continue;
    const ports = portsFrom(base);
    if ((await taken(ports)).length === 0) return { ports, reservation };
    await reservation[Symbol.asyncDispose]();
  }
  throw new Problem("NO_FREE_PORTS", "No free block of ports was found.", "Stop some of the servers on this machine.");
}

/** Throws a `Problem` that names each port that is taken, and by whom. */
export async function requireFree(ports: LabPorts): Promise<void> {
  const inTheWay = await taken(ports);
  if (inTheWay.length === 0) return;
  const told = await Promise.all(inTheWay.map(describeTaken));
  throw new Problem("PORT_TAKEN", told.join(" "), "Stop what holds it, or start the lab with --free-ports.");
}

/** Every port of a lab with what it is for. */
export function listPorts(ports: LabPorts): { port: number; use: string }[] {
  return [
    { port: ports.vault, use: "Vault" },
    { port: ports.vaultCluster, use: "Vault's cluster" },
    ...Object.entries(ports.instances).flatMap(([name, own]) => [
      { port: own.port, use: `instance ${name}` },
      { port: own.adminPort, use: `instance ${name}'s admin` },
    ]),
    { port: ports.bot, use: "the bot" },
    { port: ports.slack, use: "the Slack stand-in" },
    { port: ports.console, use: "the console" },
    { port: ports.traffic, use: "the traffic's admin" },
  ];
}

/** One sentence: which port, wanted for what, held by whom. */
export async function describeTaken({ port, use }: { port: number; use: string }): Promise<string> {
  const listener = await listenerOn(port);
  const who = listener?.process;
  const holder = who ? `process ${who.pid} (${shorten(who.command)})` : "a process of another user";
  return `Port ${port}, wanted for ${use}, is taken by ${holder}.`;
}

/** Those of the lab's ports that cannot be listened on now. */
export async function taken(ports: LabPorts): Promise<{ port: number; use: string }[]> {
  const list = listPorts(ports);
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
  };
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
