import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { api } from "./api.ts";
import type { Settings } from "./config-file.ts";
import { Consul } from "./consul.ts";
import type { Log } from "./log.ts";
import { Tasks } from "./tasks.ts";
import { requireTerraform } from "./terraform-version.ts";

/** How long requests in flight may take to end at a stop. */
const STOP_MS = 5_000;

export interface StandIn extends AsyncDisposable {
  /** Such as `https://127.0.0.1:8558`. */
  readonly address: string;
  /** Applies the tasks of the file that are enabled, as CTS does at its start: unasked, and none after one that failed. */
  runConfigured(signal: AbortSignal): Promise<void>;
}

/** Throws a Problem when Consul does not answer, Terraform does not fit or the port is taken. */
export async function startStandIn(settings: Settings, log: Log, signal: AbortSignal): Promise<StandIn> {
  await using parts = new AsyncDisposableStack();
  const { consul: consulSettings, driver, buffer_period: buffer, working_dir: workingDir } = settings;
  const consul = parts.use(new Consul(consulSettings));
  log("INFO", "ctrl: initializing Consul client and testing connection");
  await consul.reach(signal).catch((cause: unknown) => {
    const hint = "Start Consul first: CTS too ends when it is not there.";
    throw new Problem("CONSUL_DOWN", `Consul does not answer at ${consulSettings.address}.`, hint, { cause });
  });
  const terraformPath = resolve(driver.terraform.path);
  const version = await requireTerraform(terraformPath);
  log(
    "INFO",
    `driver.terraform: skipping install, terraform already exists: tf_version=${version} install_path=${terraformPath}`,
  );
  const { backend } = driver.terraform;
  const { enabled, ...period } = buffer;
  const tasks = parts.use(
    new Tasks({
      consul,
      workingDir: resolve(workingDir),
      terraformPath,
      backend,
      buffer: enabled ? period : null,
      log,
    }),
  );

  const server = serverFor(settings, api(tasks));
  server.requestTimeout = 15_000;
  server.keepAliveTimeout = 60_000;
  parts.defer(() => close(server));
  await listen(server, settings.port);
  const { port } = server.address() as AddressInfo;
  log("INFO", `api: starting server: port=${port}`);
  const running = parts.move();
  return {
    address: `${settings.tls?.enabled ? "https" : "http"}://127.0.0.1:${port}`,
    async runConfigured(stop) {
      for (const task of settings.tasks) {
        log("INFO", `ctrl: running task once: task_name=${task.name}`);
        await tasks.create(task, "now", stop);
        log("INFO", `ctrl: task completed: task_name=${task.name}`);
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The pair is read now and never again: a new one needs a new start. */
function serverFor({ tls }: Settings, app: RequestListener): Server {
  if (!tls?.enabled) return createPlainServer(app);
  const { cert, key, ca_cert: ca, verify_incoming: requestCert } = tls;
  try {
    return createServer(
      {
        cert: readFileSync(cert),
        key: readFileSync(key),
        ...(requestCert && { ca: readFileSync(ca), requestCert, rejectUnauthorized: true }),
      },
      app,
    );
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Problem(
      "CTS_TLS_UNUSABLE",
      `The API's certificate cannot be used: ${what}.`,
      "Give cert, key and ca_cert that exist and fit.",
      {
        cause,
      },
    );
  }
}

async function listen(server: Server, port: number): Promise<void> {
  // CTS itself listens on all addresses. Nobody but this machine has business with a stand-in.
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    const hint = `See who does with \`ss -ltnp 'sport = :${port}'\`, or give another port.`;
    throw new Problem("PORT_TAKEN", `The stand-in cannot listen on port ${port}.`, hint, { cause });
  }
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), STOP_MS);
  await closed;
  clearTimeout(late);
}
