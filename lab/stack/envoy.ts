import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import { HOST } from "../ports.ts";
import type { MeshInstance } from "../state.ts";
import type { ChildSpec } from "../supervise.ts";
import type { ConsulCluster } from "./consul.ts";
import { certificatesOf, isLive } from "./envoy-admin.ts";
import type { Program } from "./find-program.ts";

const run = promisify(execFile);
const RUN_MS = 10_000;

/**
 * One thread is plenty here. What an intention or a new root changes reaches Envoy as a new listener, and connections of
 * the old one go on under the old rules until they are drained: the default leaves them ten minutes.
 */
const ENVOY_ARGS = [
  ...["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"],
  ...["--drain-time-s", "1", "--drain-strategy", "immediate"],
];

/** The name of the child that is an instance's sidecar. */
export function sidecarOf(instance: string): string {
  return `sidecar ${instance}`;
}

/** The Envoy of an instance that is registered with Consul: ready when it serves with a certificate of the mesh. */
export async function sidecarSpec(options: {
  dir: string;
  instance: MeshInstance;
  consul: Pick<ConsulCluster, "address" | "caFile" | "grpc" | "program" | "tokens">;
  envoy: Program;
}): Promise<ChildSpec> {
  const { dir, instance: of, consul, envoy } = options;
  const folder = join(dir, "mesh", of.instance);
  const tokenFile = join(folder, "token");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(tokenFile, consul.tokens.sidecars[of.service] ?? "", { mode: 0o600 });
  return {
    name: sidecarOf(of.instance),
    command: consul.program.path,
    args: [
      ...["connect", "envoy", "-sidecar-for", of.instance, "-grpc-addr", `http://${consul.grpc}`],
      ...["-admin-bind", `${HOST}:${of.envoyAdminPort}`],
      // Consul knows the Envoys of its own time; that a newer one serves is what the tests show.
      ...["-envoy-binary", envoy.path, "-ignore-envoy-compatibility", "--", ...ENVOY_ARGS],
    ],
    env: {
      CONSUL_HTTP_ADDR: consul.address,
      CONSUL_CACERT: consul.caFile,
      CONSUL_HTTP_TOKEN_FILE: tokenFile,
      // Envoy gets its first configuration, token included, through a pipe that Consul makes there.
      TMPDIR: folder,
    },
    log: join(dir, "logs", `sidecar-${of.instance}.log`),
    before: () => requireEnvoy(envoy),
    async ready(signal) {
      await eventually(
        `the sidecar of ${of.instance}`,
        async () => ((await isLive(of.envoyAdminPort)) && (await certificatesOf(of.envoyAdminPort)).length > 0) || null,
        signal,
      );
    },
  };
}

/** Rejects with a `Problem` in one sentence where that is missing, does not run here, or is another program. */
export async function requireEnvoy({ path }: Program): Promise<void> {
  const mend = "Fetch it again: npm run lab -- fetch";
  const answer = await run(path, ["--version"], { timeout: RUN_MS }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT")
      throw new Problem("ENVOY_MISSING", `Envoy is missing: there is no ${path}.`, mend, { cause });
    throw new Problem("ENVOY_BROKEN", `${path} does not run as Envoy on this machine.`, mend, { cause });
  });
  if (answer.stdout.includes("version:")) return;
  throw new Problem("ENVOY_BROKEN", `${path} is not Envoy.`, mend);
}
