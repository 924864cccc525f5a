import { randomUUID } from "node:crypto";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../lab/eventually.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import type { LabPorts } from "../../lab/state.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { unmountUnder } from "../../lab/leftover-mounts.ts";

/** One agent of Consul's or Nomad's, server and client in one, with ACLs, on plain HTTP. */
export interface DevAgent extends AsyncDisposable {
  address: string;
  child: Child;
  /** One call as its management token may make it: JSON, or null for 404. */
  ask(method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** A new token that may do this. */
  token(rules: string): Promise<string>;
}

interface DevKind {
  name: "consul" | "nomad";
  tokenHeader: string;
  /** JSON for its configuration file. */
  config: (of: { ports: LabPorts; management: string; dir: string }) => object;
  http: (ports: LabPorts) => number;
  /** Resolves when its management token is in force and it leads. */
  prepare: (agent: Pick<DevAgent, "ask">, management: string) => Promise<unknown>;
  token: (agent: Pick<DevAgent, "ask">, rules: string) => Promise<string>;
}

export async function startDevAgent(kind: DevKind): Promise<DevAgent> {
  await using owned = new AsyncDisposableStack();
  const { path: dir } = owned.use(await mkdtempDisposable(join(tmpdir(), `certops-${kind.name}-`)));
  owned.defer(() => unmountUnder(dir));
  const { ports, reservation } = await reserveFreePorts(["nomad", "connect"]);
  owned.use(reservation);
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  const management = randomUUID();
  const address = `http://127.0.0.1:${kind.http(ports)}`;
  const ask: DevAgent["ask"] = async (method, path, body) => {
    const reply = await fetch(new URL(path, address), {
      method,
      headers: { [kind.tokenHeader]: management },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await reply.text();
    if (reply.status === 404) return null;
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const config = join(dir, "agent.json");
  await writeFile(config, JSON.stringify(kind.config({ ports, management, dir })), { mode: 0o600 });
  const child = await supervisor.spawn({
    name: kind.name,
    command: (await findProgram(kind.name)).path,
    args: ["agent", "-dev", `-config${kind.name === "consul" ? "-file" : ""}=${config}`],
    log: join(dir, "agent.log"),
    ready: async (signal) => {
      await eventually(`${kind.name} to lead`, () => kind.prepare({ ask }, management), signal);
    },
  });
  const kept = owned.move();
  return {
    address,
    child,
    ask,
    token: (rules) => kind.token({ ask }, rules),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
