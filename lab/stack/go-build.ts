import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import type { Told } from "./program-cache.ts";
import { isOlder } from "./versions.ts";

const run = promisify(execFile);
const ANSWER_MS = 10_000;
const STILL_EVERY_MS = 15_000;
const END_MS = 2_000;
/** Before it no Go fetches a newer one of itself. */
const FIRST_WITH_TOOLCHAINS = "1.21";

/** A program of a pinned Go module: a folder with `go.mod` and `go.sum`. */
export interface GoProgram {
  title: string;
  version: string;
  folder: string;
  /** What to build in it. */
  package: string;
  /** What a cold build takes on two cores, fetching its modules included. */
  minutes: number;
}

/** The version of the `go` on PATH; null without one. */
export async function goVersion(env: NodeJS.ProcessEnv): Promise<string | null> {
  const asked = { env: { ...goEnv(env), GOTOOLCHAIN: "local" }, timeout: ANSWER_MS };
  const answer = await run("go", ["version"], asked).catch(() => null);
  return /^go version go(\d+\.\d+(?:\.\d+)?)/.exec(answer?.stdout ?? "")?.[1] ?? null;
}

/** The oldest Go that builds it, as its `go.mod` says. */
export async function oldestGo({ folder }: GoProgram): Promise<string> {
  const file = join(folder, "go.mod");
  const [, version] = /^go (\S+)$/m.exec(await readFile(file, "utf8")) ?? [];
  if (version === undefined) throw new Error(`${file} names no version of Go`);
  return version;
}

/**
 * Builds it in `scratch` and resolves to the binary; null where no Go can do it. Go works in a clean environment, and
 * with all its files in `scratch` but for its own caches. An abort ends it with all that it has started.
 */
export async function goBuild(
  program: GoProgram,
  { scratch, env, onProgress, signal }: Told & { scratch: string; env: NodeJS.ProcessEnv },
): Promise<string | null> {
  const [found, oldest] = await Promise.all([goVersion(env), oldestGo(program)]);
  if (found === null || isOlder(found, FIRST_WITH_TOOLCHAINS)) return null;
  const title = `${program.title} ${program.version}`;
  onProgress(
    `Building ${title} with Go ${found}: about ${program.minutes} minutes on two cores, more with a slow network, only this once`,
  );
  const temporary = join(scratch, "go");
  await mkdir(temporary);
  const binary = join(scratch, "binary");
  const args = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", binary, program.package];
  const child = spawn("go", ["build", ...args], {
    cwd: program.folder,
    env: {
      ...goEnv(env),
      GOTMPDIR: temporary,
      // A newer one fetches itself only where that is needed.
      GOTOOLCHAIN: isOlder(found, oldest) ? "auto" : "local",
    },
    stdio: ["ignore", "ignore", "pipe"],
    // A process group of its own: so its compilers can be ended with it.
    detached: true,
  });
  const stopped = once(child, "close");
  const began = performance.now();
  const still = setInterval(() => onProgress(`Still building ${title}: ${elapsed(began)} by now`), STILL_EVERY_MS);
  const stop = () => void end(child, stopped);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    const [told, [code]] = await Promise.all([text(child.stderr), stopped]);
    signal?.throwIfAborted();
    if (code !== 0) throw notBuilt(title, told);
    onProgress(`Built ${title} in ${elapsed(began)}`);
    return binary;
  } finally {
    signal?.removeEventListener("abort", stop);
    clearInterval(still);
  }
}

/** What is passed on: where Go lives, and how it reaches its modules. Nothing else has a say in the build. */
const PASSED_ON = [
  ["PATH", "HOME", "LANG", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC"],
  ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ["GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "GOENV"],
  ["GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH"],
].flat();

function goEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  // Without cgo it needs no C compiler, and what it builds runs on every Linux.
  return { ...Object.fromEntries(passed), CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
}

/** At an interrupt Go removes what it has begun; whatever does not end by it is killed. */
async function end(child: ChildProcess, stopped: Promise<unknown>): Promise<void> {
  signalGroup(child, "SIGINT");
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), END_MS);
  await Promise.race([stopped, once(late.signal, "abort")]).catch(() => {});
  clearTimeout(timer);
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function notBuilt(title: string, told: string): Problem {
  const lines = told.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("go: downloading "));
  const last = (lines.at(-1) ?? "it did not say why").trim().replaceAll(/\/\/[^/\s@]*@/g, "//");
  return new Problem(
    "PROGRAM_NOT_BUILT",
    `Go could not build ${title}: ${last}`,
    `Check the network (Go fetches modules), and that 5 GB of disk are free; or install ${title} so that it is on PATH.`,
  );
}

function elapsed(since: number): string {
  const seconds = Math.round((performance.now() - since) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}
