import { watch } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Agent, request } from "undici";
import { eventually } from "../eventually.ts";
import type { ConsulCluster } from "../stack/consul.ts";
import type { Program } from "../stack/find-program.ts";
import type { LabState } from "../state.ts";
import type { ChildSpec, Supervisor } from "../supervise.ts";
import type { CtsProgram } from "./find-cts.ts";
import { takeGate } from "./gate-turn.ts";

/** Two thirds of its certificate's life are over when there is a new one: there is time. */
const IDLE_MS = 3_600_000;
const ASK_MS = 2_000;

interface CtsOptions {
  state: LabState;
  supervisor: Supervisor;
  consul: ConsulCluster;
  terraform: Program;
  program: CtsProgram;
  onEvent: (line: string) => void;
}

/** Where its certificate is rendered to, chain and key included. */
export function ctsIdentity(dir: string): string {
  return join(dir, "firewall", "cts", "cts.pem");
}

/** Starts CTS with no task, and again each time that its certificate was renewed, which it reads only once, as soon as nobody changes the firewall. */
export async function startCts(options: CtsOptions): Promise<AsyncDisposable> {
  const { state, supervisor, consul, onEvent } = options;
  const spec = await ctsSpec(options);
  const child = await supervisor.spawn(spec);
  const over = new AbortController();
  let restarting: Promise<void> = Promise.resolve();
  let served = await readFile(ctsIdentity(state.dir), "utf8");

  const restart = async () => {
    const rendered = await readFile(ctsIdentity(state.dir), "utf8");
    if (rendered === served || over.signal.aborted) return;
    await using _turn = await takeGate(consul.ask, AbortSignal.any([over.signal, AbortSignal.timeout(IDLE_MS)]));
    await child.restart();
    await eventually("CTS", async () => (child.state() === "up" ? true : null), over.signal);
    served = rendered;
    onEvent("cts was started again with its new certificate");
  };
  const file = ctsIdentity(state.dir);
  watch(dirname(file), { signal: over.signal }, (_event, name) => {
    if (name !== basename(file)) return;
    restarting = restarting.then(restart).catch((error: unknown) => {
      if (!over.signal.aborted) onEvent(`cts keeps its old certificate: ${String(error)}`);
    });
  });
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await restarting;
    },
  };
}

async function ctsSpec({ state, consul, terraform, program }: CtsOptions): Promise<ChildSpec> {
  const home = dirname(ctsIdentity(state.dir));
  const config = join(home, "cts.json");
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(config, `${JSON.stringify(ctsConfig(state, consul, terraform), null, 2)}\n`, { mode: 0o600 });
  const [command = "", ...args] = program.command;
  return {
    name: "cts",
    command,
    args: [...args, "start", `-config-file=${config}`],
    log: join(state.dir, "logs", "cts.log"),
    // Terraform would ask its maker for a newer one; and, of a thousand rules, collect garbage for a fifth of its time.
    env: { CHECKPOINT_DISABLE: "1", GOGC: "400" },
    ready: (signal) => eventually("CTS", () => serves(state), signal).then(() => {}),
  };
}

/** Its file, the same for the real one and the stand-in. With a secret. */
function ctsConfig({ dir, ports, files }: LabState, consul: ConsulCluster, terraform: Program): object {
  const identity = ctsIdentity(dir);
  const home = dirname(identity);
  return {
    port: ports.firewall.cts,
    working_dir: join(home, "sync-tasks"),
    consul: {
      address: new URL(consul.address).host,
      token: consul.tokens.cts,
      tls: { enabled: true, ca_cert: files.root },
      service_registration: { enabled: false },
    },
    driver: {
      terraform: {
        path: dirname(terraform.path),
        log: false,
        backend: { local: { path: join(home, "terraform.tfstate") } },
      },
    },
    buffer_period: { enabled: false },
    tls: { enabled: true, cert: identity, key: identity, verify_incoming: true, ca_cert: files.root },
  };
}

/** Asked with its own certificate: the lab's supervisor has no other. */
async function serves({ dir, files, urls }: LabState): Promise<true | null> {
  const [pair, ca] = await Promise.all([readFile(ctsIdentity(dir)), readFile(files.root)]);
  const dispatcher = new Agent({ connect: { ca, cert: pair, key: pair } });
  try {
    const { statusCode, body } = await request(`${urls.cts}/v1/status`, {
      dispatcher,
      signal: AbortSignal.timeout(ASK_MS),
    });
    await body.dump();
    return statusCode === 200 ? true : null;
  } finally {
    await dispatcher.destroy();
  }
}
