import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCts } from "../../lab/firewall/find-cts.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { bareMachine } from "../support/bare-machine.ts";
import { problem } from "../support/problem.ts";
import { buildsOn, machineWithGo } from "../support/stand-in-go.ts";

const CACHED = "nomad-1.11.3";

describe("a program on PATH", () => {
  test.for([
    ["consul", "1.22.0", "Consul v1.22.0\nRevision 1a2b3c"],
    ["nomad", "1.10.4", "Nomad v1.10.4\nBuildDate 2026-01-01T00:00:00Z"],
    ["envoy", "1.33.2", "\nenvoy  version: 0a1b2c/1.33.2/Clean/RELEASE/BoringSSL"],
    ["terraform", "1.14.3", "Terraform v1.14.3\non linux_amd64"],
  ] as const)("is taken where its version fits: %s %s", async ([name, version, answer]) => {
    await using bare = await bareMachine({ [name]: `echo '${answer}'` });
    const path = join(bare.bin, name);
    expect(await findProgram(name, { env: bare.env })).toEqual({ name, path, version, from: "PATH" });
  });

  test.for([
    ["consul", "1.9.3", "Consul v1.9.3"],
    ["consul", "1.23.0", "Consul v1.23.0"],
    ["nomad", "2.0.1", "Nomad v2.0.1"],
    ["terraform", "1.3.10", "Terraform v1.3.10\non linux_amd64"],
    ["terraform", "1.14.4", "Terraform v1.14.4\non linux_amd64"],
  ] as const)("is passed over where it does not, and the failure says so: %s %s", async ([name, version, answer]) => {
    await using bare = await bareMachine({ [name]: `echo '${answer}'` });
    await expect(findProgram(name, { env: bare.env })).rejects.toEqual(
      problem("PROGRAM_NOT_FETCHED", `is on PATH only as ${version}, its release could not be had`),
    );
  });

  test("is taken where it is Consul-Terraform-Sync 0.9; where it is another and there is no network, the lab says that its stand-in serves", async () => {
    await using bare = await bareMachine({ "consul-terraform-sync": "echo 'consul-terraform-sync v0.9.0 (4cfcf5f)'" });
    const path = join(bare.bin, "consul-terraform-sync");
    expect(await findCts({ env: bare.env })).toEqual({ kind: "real", version: "0.9.0", command: [path] });
    await bare.install("consul-terraform-sync", "echo 'consul-terraform-sync v0.8.1 (0a1b2c3)'");
    const told: string[] = [];
    expect(await findCts({ env: bare.env, onProgress: (line) => told.push(line) })).toEqual({
      kind: "stand-in",
      version: "0.9.0",
      command: [process.execPath, expect.stringMatching(/lab\/cts-stand-in\/main\.ts$/)],
    });
    expect(told).toEqual([
      "Looking for the release of Consul-Terraform-Sync 0.9.0",
      "A stand-in for Consul-Terraform-Sync serves: the real one is not here (put consul-terraform-sync 0.9 on PATH)",
    ]);
  });

  test("is asked for its version alone, and not to look for a newer one", async () => {
    await using bare = await bareMachine({ terraform: '[ "$CHECKPOINT_DISABLE" = 1 ] && echo Terraform v1.9.8' });
    expect(await findProgram("terraform", { env: bare.env })).toMatchObject({ version: "1.9.8", from: "PATH" });
  });

  test("comes after an explicit path, which must fit", async () => {
    await using bare = await bareMachine({ nomad: "echo Nomad v1.11.0", other: "echo Nomad v1.12.0" });
    const path = join(bare.bin, "other");
    expect(await findProgram("nomad", { path, env: bare.env })).toMatchObject({
      path,
      version: "1.12.0",
      from: "given",
    });
    await bare.install("other", "echo Nomad v1.9.9");
    await expect(findProgram("nomad", { path, env: bare.env })).rejects.toEqual(
      problem("PROGRAM_UNFIT", /is Nomad 1\.9\.9, which does not fit\.$/, /1\.10 or newer, below 2/),
    );
    await expect(findProgram("nomad", { path: "/bin/true" })).rejects.toEqual(
      problem("PROGRAM_UNFIT", "/bin/true is not Nomad."),
    );
  });
});

describe("a program that has to be fetched", () => {
  test("without a network and without Go it is told in a sentence which to mend", async () => {
    await using bare = await bareMachine();
    await expect(findProgram("nomad", { env: bare.env })).rejects.toEqual(
      problem(
        "PROGRAM_NOT_FETCHED",
        /^Nomad 1\.11\.3 is not on PATH, its release could not be had \(.*ECONNREFUSED.*\), and there is no Go here that can build it/,
        /^Connect to the network, or install Nomad \(1\.10 or newer, below 2\) or Go 1\.\d+ or newer\.$/,
      ),
    );
    expect(await readdir(bare.cacheOf(CACHED))).toEqual([]);
  });

  test("is built where there is Go, told why, and never a second time", async () => {
    await using bare = await machineWithGo();
    const told: string[] = [];
    const path = join(bare.cacheOf(CACHED), "nomad");
    const found = { name: "nomad", path, version: "1.11.3" };
    const onProgress = (line: string) => told.push(line);
    expect(await findProgram("nomad", { env: bare.env, onProgress })).toEqual({ ...found, from: "built" });
    expect(told).toEqual([
      "Looking for the release of Nomad 1.11.3",
      expect.stringMatching(/^The release of Nomad 1\.11\.3 could not be had \(.*ECONNREFUSED/),
      expect.stringMatching(/^Building Nomad 1\.11\.3 with Go 1\.26\.8: about \d+ minutes.* only this once$/),
      expect.stringMatching(/^Built Nomad 1\.11\.3 in \d/),
    ]);
    expect(await findProgram("nomad", { env: bare.env })).toEqual({ ...found, from: "cache" });
    expect(await buildsOn(bare)).toHaveLength(1);
  });

  test("is fetched by one of two that start at once, while the other waits", async () => {
    await using bare = await machineWithGo();
    const both = [findProgram("nomad", { env: bare.env }), findProgram("nomad", { env: bare.env })];
    const origins = (await Promise.all(both)).map(({ from }) => from);
    expect(origins.toSorted()).toEqual(["built", "cache"]);
    expect(await buildsOn(bare)).toHaveLength(1);
  });

  test("that is something else than it should be is not kept", async () => {
    await using bare = await machineWithGo();
    await expect(findProgram("consul", { env: bare.env })).rejects.toEqual(
      problem("PROGRAM_DOES_NOT_RUN", /^Consul 1\.20\.1 was fetched, but does not run/, /`consul` is on PATH/),
    );
    expect(await readdir(bare.cacheOf("consul-1.20.1"))).toEqual([]);
  });
});

describe("the cache", () => {
  test("throws away a binary that was changed, and what a killed process left half-made", async () => {
    await using bare = await machineWithGo();
    const { path } = await findProgram("nomad", { env: bare.env });
    const good = await readFile(path, "utf8");
    await appendFile(path, "echo and more\n");
    await mkdir(join(bare.cacheOf(CACHED), "fetch-abcdef"));
    expect(await findProgram("nomad", { env: bare.env })).toMatchObject({ path, from: "built" });
    expect(await readFile(path, "utf8")).toBe(good);
    expect((await readdir(bare.cacheOf(CACHED))).toSorted()).toEqual(["nomad", "nomad.sha256"]);
  });

  test("does not keep a changed binary where no other is to be had", async () => {
    await using bare = await bareMachine();
    await mkdir(bare.cacheOf(CACHED), { recursive: true });
    await writeFile(join(bare.cacheOf(CACHED), "nomad"), "#!/bin/sh\necho Nomad v1.11.3\n", { mode: 0o755 });
    await expect(findProgram("nomad", { env: bare.env })).rejects.toMatchObject({ code: "PROGRAM_NOT_FETCHED" });
    expect(await readdir(bare.cacheOf(CACHED))).toEqual([]);
  });
});
