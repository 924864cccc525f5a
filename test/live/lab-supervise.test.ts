import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { isAlive } from "../../lab/processes.ts";
import { type Child, type ChildSpec, Supervisor } from "../../lab/supervise.ts";
import { leftovers, sweep } from "../../lab/sweep.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let supervisor: Supervisor;

beforeEach(() => {
  folder = temporaryFolder();
  supervisor = new Supervisor({ marker: folder.path });
});

afterEach(async () => {
  await supervisor[Symbol.asyncDispose]();
  await sweep(folder.path);
  folder[Symbol.dispose]();
});

/** A child that runs this script, and counts as up once this very process has made the file named by READY. */
function script(name: string, source: string, more: Partial<ChildSpec> = {}): ChildSpec {
  const log = folder.file(`${name}.log`);
  const readyFile = folder.file(`${name}.ready`);
  return {
    name,
    command: process.execPath,
    args: ["--eval", source],
    log,
    ...more,
    env: { READY: readyFile, ...more.env },
    async before(signal) {
      await rm(readyFile, { force: true });
      await more.before?.(signal);
    },
    ready: (signal) => eventually(name, () => logged(readyFile, ""), signal).then(() => {}),
  };
}

async function logged(log: string, words: string): Promise<true | null> {
  return (await readFile(log, "utf8")).includes(words) ? true : null;
}

const ready = "require('node:fs').writeFileSync(process.env.READY, '');";
const forever = `${ready} setInterval(() => {}, 1000);`;
const soon = () => AbortSignal.timeout(10_000);
const up = (child: Child) => eventually(child.name, async () => (child.state() === "up" ? true : null), soon());

describe("a supervised child", () => {
  test("gets a clean environment: what it was given, the marker, and nothing of ours", async () => {
    await supervisor.spawn(
      script("env", `console.log(JSON.stringify(process.env)); ${forever}`, { env: { PORT: "1" } }),
    );
    const [line = ""] = (await readFile(folder.file("env.log"), "utf8")).split("\n");
    const names = Object.keys(JSON.parse(line) as Record<string, string>);
    const added = names.filter((name) => !["PATH", "HOME", "LANG", "TZ"].includes(name));
    expect(added.toSorted()).toEqual(["CERTOPS_LAB", "NODE_COMPILE_CACHE", "PORT", "READY"]);
    expect(line).toContain(`"CERTOPS_LAB":"${folder.path}"`);
  });

  test("that dies before it is ready fails with its last words, and is not tried again", async () => {
    const spec = script("sick", "console.log('started'); console.error('no port for me'); process.exit(3)");
    await expect(supervisor.spawn(spec)).rejects.toMatchObject({
      code: "CHILD_FAILED",
      message: expect.stringMatching(/sick stopped with exit code 3.*no port for me/s),
    });
    expect(supervisor.children).toEqual([]);
  });

  test("that is not ready by its deadline is ended", async () => {
    const spec = script("slow", "setInterval(() => {}, 1000)", { readyMs: 500 });
    await expect(supervisor.spawn(spec)).rejects.toMatchObject({
      message: expect.stringContaining("slow did not become ready in time"),
    });
    expect(await leftovers(folder.path)).toEqual([]);
  });

  test("whose program is missing fails with its name", async () => {
    const spec = { ...script("ghost", ""), command: folder.file("no-such-program") };
    await expect(supervisor.spawn(spec)).rejects.toMatchObject({
      message: expect.stringMatching(/ghost could not be started: .*ENOENT/),
    });
  });

  test("that crashes is started again, its hooks run, and the crash is told until it is up", async () => {
    const hooks: string[] = [];
    const child = await supervisor.spawn(
      script("phoenix", forever, {
        before: async () => void hooks.push("before"),
        onRestart: async () => void hooks.push("restarted"),
      }),
    );
    const first = child.pid ?? 0;
    process.kill(first, "SIGKILL");
    await eventually("the crash", async () => (child.state() === "up" ? null : true), soon());
    expect(child.problem).toBe("phoenix was ended by SIGKILL");
    await up(child);
    expect(child).toMatchObject({ restarts: 1, problem: null });
    expect(child.pid).not.toBe(first);
    expect(hooks).toEqual(["before", "before", "restarted"]);
  });

  test("that is restarted on purpose is another process, and no crash is told", async () => {
    const told: string[] = [];
    await using own = new Supervisor({
      marker: folder.path,
      watcher: { event: (line) => told.push(line), failure() {} },
    });
    const child = await own.spawn(script("renewed", forever));
    const before = child.pid;
    await child.restart();
    await up(child);
    expect(child.pid).not.toBe(before);
    expect([child.problem, child.restarts, told]).toEqual([null, 1, ["renewed is up again"]]);
  });

  test("that keeps crashing waits longer each time, and comes back once its reason is gone", async () => {
    const broken = folder.file("broken");
    const child = await supervisor.spawn(
      script("moody", `if (require("node:fs").existsSync(${JSON.stringify(broken)})) process.exit(9); ${forever}`),
    );
    await writeFile(broken, "");
    process.kill(child.pid ?? 0, "SIGKILL");
    // Not while the third is just being tried: it would come up, if the reason went meanwhile.
    const waits = () => (child.restarts >= 3 && child.state() === "backoff" ? child.problem : null);
    const problem = await eventually("a third failed restart", async () => waits(), soon());
    expect(problem).toContain("moody");
    await supervisor.spawn(script("unbreak", `require("node:fs").rmSync(${JSON.stringify(broken)}); ${forever}`));
    await up(child);
    expect(child.restarts).toBeGreaterThanOrEqual(4);
  });

  test("that was paused does not run, and stops all the same", async () => {
    const log = folder.file("ticker.log");
    const child = await supervisor.spawn(script("ticker", `${ready} setInterval(() => console.log('.'), 5)`));
    const pid = child.pid ?? 0;
    child.pause();
    const stopped = async () => (/^\S+ \(.*\) T /.test(await readFile(`/proc/${pid}/stat`, "utf8")) ? true : null);
    await eventually("SIGSTOP", stopped, soon());
    const length = (await readFile(log, "utf8")).length;
    child.resume();
    await eventually("ticks", async () => ((await readFile(log, "utf8")).length > length ? true : null), soon());
    child.pause();
    await child.stop();
    expect(child.state()).toBe("stopped");
    expect(await isAlive(pid)).toBe(false);
  });

  test("that ignores SIGTERM is killed in the end", async () => {
    const child = await supervisor.spawn(
      script("stubborn", `process.on('SIGTERM', () => console.log('no')); ${forever}`, { stopMs: 300 }),
    );
    const pid = child.pid ?? 0;
    await child.stop();
    expect(await logged(folder.file("stubborn.log"), "no")).toBe(true);
    expect(await isAlive(pid)).toBe(false);
  });

  test("can be stopped while it waits to be started again", async () => {
    const child = await supervisor.spawn(script("patient", forever));
    process.kill(child.pid ?? 0, "SIGKILL");
    await eventually("backoff", async () => (child.state() === "backoff" ? true : null), soon());
    await child.stop();
    expect(child.state()).toBe("stopped");
    expect(await leftovers(folder.path)).toEqual([]);
  });
});

describe("a supervisor", () => {
  test("stops its children in reverse order and takes no more", async () => {
    const bye = (name: string) => `process.on('SIGTERM', () => {
      require("node:fs").appendFileSync(${JSON.stringify(folder.file("order"))}, "${name} "); process.exit(0) }); ${forever}`;
    for (const name of ["one", "two", "three"]) await supervisor.spawn(script(name, bye(name)));
    await supervisor[Symbol.asyncDispose]();
    expect(await readFile(folder.file("order"), "utf8")).toBe("three two one ");
    await expect(supervisor.spawn(script("late", forever))).rejects.toMatchObject({ code: "LAB_STOPPING" });
  });

  test("whose signal aborts ends also what is just being started", async () => {
    const stop = new AbortController();
    await using other = new Supervisor({ marker: folder.path, signal: stop.signal });
    const starting = other.spawn(script("never", "console.log('here'); setInterval(() => {}, 1000)"));
    await eventually("its start", () => logged(folder.file("never.log"), "here"), soon());
    stop.abort();
    await expect(starting).rejects.toMatchObject({ code: "LAB_STOPPING" });
    expect(await leftovers(folder.path)).toEqual([]);
  });
});

test("the sweep ends what carries the marker, also what ignores SIGTERM or is stopped, and nothing else", async () => {
  const orphan = async (name: string, source: string, lab: string) => {
    const child = spawn(process.execPath, ["--eval", source], {
      env: { CERTOPS_LAB: lab, READY: folder.file(name) },
      stdio: "ignore",
    });
    await eventually(name, () => logged(folder.file(name), ""), soon());
    return child;
  };
  const deaf = await orphan("deaf", `process.on('SIGTERM', () => {}); ${forever}`, folder.path);
  const asleep = await orphan("asleep", forever, folder.path);
  const kept = await orphan("kept", forever, `${folder.path}-other`);
  try {
    asleep.kill("SIGSTOP");
    expect(new Set(await leftovers(folder.path))).toEqual(new Set([deaf.pid, asleep.pid]));
    expect(await sweep(folder.path)).toBe(2);
    expect(await leftovers(folder.path)).toEqual([]);
    expect(kept.exitCode ?? kept.signalCode).toBeNull();
  } finally {
    kept.kill("SIGKILL");
  }
});
