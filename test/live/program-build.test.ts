import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { goBuild } from "../../lab/stack/go-build.ts";
import { knownPrograms } from "../../lab/stack/known-programs.ts";
import { answerOf } from "../../lab/stack/on-path.ts";
import { type BareMachine, bareMachine } from "../support/bare-machine.ts";
import { missing } from "../support/missing.ts";
import { problem } from "../support/problem.ts";
import { buildsOn, machineWithGo } from "../support/stand-in-go.ts";

const CACHED = "nomad-1.11.3";
const missingGo = missing("go", ["version"], "https://go.dev/dl");

/** A Go module that builds in a moment. */
async function tinyModule({ folder }: BareMachine, program: string) {
  const module = join(folder, "tiny");
  await mkdir(module);
  await writeFile(join(module, "go.mod"), "module tiny\n\ngo 1.21\n");
  await writeFile(join(module, "main.go"), program);
  return { title: "Tiny", version: "1.0.0", folder: module, package: ".", minutes: 1 };
}

/** The machine's own Go and its build cache, and nothing else of the machine. */
function realGo({ folder }: BareMachine) {
  const GOCACHE = execFileSync("go", ["env", "GOCACHE"], { encoding: "utf8" }).trim();
  return { PATH: process.env["PATH"], HOME: folder, GOCACHE, GOPROXY: "off" };
}

describe("a build with the real Go", () => {
  test("leaves a binary that runs, and its temporary files where they are removed with it", async (context) => {
    if (missingGo !== null) context.skip(missingGo);
    await using bare = await bareMachine();
    const program = await tinyModule(bare, 'package main\n\nfunc main() { println("tiny") }\n');
    const scratch = join(bare.folder, "scratch");
    await mkdir(scratch);
    const env = { ...realGo(bare), AWS_CA_BUNDLE: "/nowhere", GOFLAGS: "-mod=vendor", CGO_ENABLED: "1" };
    const binary = await goBuild(program, { scratch, env, onProgress: () => {}, signal: undefined });
    expect(binary).toBe(join(scratch, "binary"));
    expect(await answerOf(join(scratch, "binary"), [])).toBe("");
    expect(await readdir(join(scratch, "go"))).toEqual([]);
  });

  test("that fails is told with Go's last words", async (context) => {
    if (missingGo !== null) context.skip(missingGo);
    await using bare = await bareMachine();
    const program = await tinyModule(bare, "package main\n\nfunc main() { missing() }\n");
    const told = { scratch: bare.folder, onProgress: () => {}, signal: undefined };
    await expect(goBuild(program, { ...told, env: realGo(bare) })).rejects.toEqual(
      problem("PROGRAM_NOT_BUILT", /^Go could not build Tiny 1\.0\.0: .*undefined: missing$/, /network/),
    );
  });
});

describe("a build", () => {
  test.concurrent.for(["nomad", "consul", "terraform"] as const)(
    "is of the module that is pinned in a folder of the lab's: %s",
    async (name) => {
      const { title, version } = knownPrograms[name];
      await using bare = await machineWithGo({
        before: 'pwd >"$MACHINE/built-in"',
        builds: `${title} v${version}`,
      });
      const module = join(import.meta.dirname, "../../lab/stack/modules", name);
      expect(await findProgram(name, { env: bare.env })).toMatchObject({ version, from: "built" });
      expect(await readFile(join(bare.folder, "built-in"), "utf8")).toBe(`${module}\n`);
      const pinned = await readFile(join(module, "go.mod"), "utf8");
      expect(pinned).toMatch(new RegExp(`^\\s*github\\.com/hashicorp/${name} v${version}( |$)`, "m"));
    },
  );

  test("that is interrupted leaves no process and no file", async () => {
    await using bare = await machineWithGo({
      before: '/bin/sleep 600 & echo "$$ $!" >"$MACHINE/pids"; wait',
    });
    const stop = new AbortController();
    const found = findProgram("nomad", { env: bare.env, signal: stop.signal });
    const patience = AbortSignal.timeout(20_000);
    const started = async () => /^(\d+) (\d+)\n/.exec(await readFile(join(bare.folder, "pids"), "utf8"));
    const pids = (await eventually("the build", started, patience)).slice(1).map(Number);
    stop.abort();
    await expect(found).rejects.toThrow("aborted");
    expect(await readdir(bare.cacheOf(CACHED))).toEqual([]);
    for (const pid of pids) await eventually(`the end of ${pid}`, () => hasEnded(pid), patience);
  });

  test("gets a clean environment, with a newer Go allowed where this one is too old", async () => {
    await using bare = await machineWithGo({
      version: "1.22.1",
      before: '/usr/bin/env >"$MACHINE/env"',
    });
    const env = { ...bare.env, AWS_CA_BUNDLE: "/nowhere", GOFLAGS: "-mod=mod", GOPROXY: "https://proxy.example.com" };
    await findProgram("nomad", { env });
    const seen = (await readFile(join(bare.folder, "env"), "utf8")).split("\n");
    expect(seen).toEqual(
      expect.arrayContaining([
        "GOTOOLCHAIN=auto",
        "GOFLAGS=-mod=readonly",
        "CGO_ENABLED=0",
        "GOPROXY=https://proxy.example.com",
      ]),
    );
    expect(seen.filter((line) => line.startsWith("AWS_"))).toEqual([]);
    expect(await buildsOn(bare)).toEqual([expect.stringMatching(/^build -mod=readonly -trimpath .* github\.com\//)]);
  });

  test("that cannot reach its modules is told, without the password of their proxy", async () => {
    const before = "echo 'go: Get \"https://user:secret@proxy.example.com/x\": no such host' >&2; exit 1";
    await using bare = await machineWithGo({ before });
    await expect(findProgram("nomad", { env: bare.env })).rejects.toEqual(
      problem(
        "PROGRAM_NOT_BUILT",
        /^Go could not build Nomad 1\.11\.3: go: Get "https:\/\/proxy\.example\.com\/x": no/,
      ),
    );
    expect(await readdir(bare.cacheOf(CACHED))).toEqual([]);
  });

  test("is not tried with a Go that cannot fetch a newer one of itself", async () => {
    await using bare = await machineWithGo({ version: "1.19.4" });
    await expect(findProgram("nomad", { env: bare.env })).rejects.toMatchObject({ code: "PROGRAM_NOT_FETCHED" });
    expect(await buildsOn(bare)).toEqual([]);
  });
});

/** Also where nobody has yet asked how it ended. */
async function hasEnded(pid: number): Promise<true | null> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return status === null || /\) Z /.test(status) ? true : null;
}
