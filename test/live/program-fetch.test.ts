import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openbao } from "../../lab/stack/program.ts";
import { sha256 } from "../../lab/stack/program-cache.ts";
import { type BareMachine, bareMachine } from "../support/bare-machine.ts";
import { labCommand } from "../support/lab-process.ts";
import { buildsOn, machineWithGo } from "../support/stand-in-go.ts";

/** Puts a shell script into the cache, as a program that was fetched earlier. */
async function cacheProgram(bare: BareMachine, name: string, version: string, script: string): Promise<string> {
  const folder = bare.cacheOf(`${name}-${version}`);
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await writeFile(`${path}.sha256`, `${await sha256(path)}  ${name}\n`);
  return path;
}

test("lab fetch tells of every program where it is and where it came from", async () => {
  await using bare = await bareMachine({ envoy: "echo 'envoy  version: 0a1b/1.36.0/Clean/RELEASE/BoringSSL'" });
  const bao = join(bare.cacheOf("openbao-2.7.2"), "bao");
  await mkdir(bare.cacheOf("openbao-2.7.2"), { recursive: true });
  await symlink((await openbao()).path, bao);
  const consul = await cacheProgram(bare, "consul", "1.20.1", "echo Consul v1.20.1");
  const nomad = await cacheProgram(bare, "nomad", "1.11.3", "echo Nomad v1.11.3");
  const terraform = await cacheProgram(bare, "terraform", "1.5.7", "echo Terraform v1.5.7");

  const { code, stdout } = await labCommand(["fetch", "--json"], bare.env);
  expect(JSON.parse(stdout)).toEqual([
    { name: "openbao", version: "2.7.2", from: "cache", path: bao },
    { name: "envoy", version: "1.36.0", from: "PATH", path: join(bare.bin, "envoy") },
    { name: "terraform", version: "1.5.7", from: "cache", path: terraform },
    { name: "consul", version: "1.20.1", from: "cache", path: consul },
    { name: "nomad", version: "1.11.3", from: "cache", path: nomad },
  ]);
  expect(code).toBe(0);
  expect((await labCommand(["fetch"], bare.env)).stdout).toMatch(/^nomad +1\.11\.3 +cache +\/.*\/nomad$/m);
});

test("lab fetch gets what is not there yet, and the second time all of it is", async () => {
  await using bare = await machineWithGo();
  await bare.install("bao", "echo 'OpenBao v2.9.0'");
  await bare.install("envoy", "echo 'envoy  version: 0a1b/1.36.0/Clean/RELEASE/BoringSSL'");
  await bare.install("consul", "echo Consul v1.20.1");
  await bare.install("terraform", "echo Terraform v1.9.8");
  for (const from of ["built", "cache"]) {
    const { code, stdout } = await labCommand(["fetch", "--json"], bare.env);
    const path = join(bare.cacheOf("nomad-1.11.3"), "nomad");
    expect(JSON.parse(stdout)).toContainEqual({ name: "nomad", version: "1.11.3", from, path });
    expect(code).toBe(0);
  }
  expect(await buildsOn(bare)).toHaveLength(1);
});

test("lab fetch tells what could not be had, gets the others all the same, and fails", async () => {
  await using bare = await bareMachine({
    bao: "echo 'OpenBao v2.9.0'",
    nomad: "echo Nomad v1.11.0",
    terraform: "echo Terraform v1.9.8",
  });
  const { code, stdout, stderr } = await labCommand(["fetch"], bare.env);
  expect(stdout).toMatch(
    /^openbao +2\.9\.0 +PATH .*\nenvoy +missing\nterraform +1\.9\.8 +PATH .*\nconsul +missing\nnomad +1\.11\.0 +PATH /m,
  );
  expect(stderr).toMatch(/^error: Python 3 is missing.*\n.*\nerror: Consul 1\.20\.1 is not on PATH, .*\n.*\n$/);
  expect(code).toBe(1);
});
