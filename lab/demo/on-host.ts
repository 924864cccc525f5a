import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { environment } from "../firewall/isolation.ts";
import type { LabState } from "../state.ts";

const run = promisify(execFile);
const RUN_MS = 60_000;

/** The words that run a command on a host of a lab with a firewall, or on its router, from any process of its user. */
export function enterHost({ firewall }: Pick<LabState, "firewall">, name: string): [string, ...string[]] {
  const all = [...(firewall?.hosts ?? []), ...(firewall ? [{ name: "router", ...firewall.router }] : [])];
  const pid = all.find((host) => host.name === name)?.pid;
  if (!pid) throw new Error(`the lab has no host ${name}`);
  const user = (of: string) => readlinkSync(`/proc/${of}/ns/user`);
  const asUser = user(String(pid)) === user("self") ? [] : ["--user", "--preserve-credentials"];
  return ["nsenter", "--target", String(pid), ...asUser, "--net", "--mount", "--"];
}

/** What a command printed there. Rejects when it fails. */
export async function onHost(state: Pick<LabState, "firewall">, name: string, command: string[]): Promise<string> {
  const [program, ...words] = enterHost(state, name);
  const { stdout } = await run(program, [...words, ...command], { env: environment(), timeout: RUN_MS });
  return stdout;
}
