import { access, writeFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { leftovers } from "../../lab/sweep.ts";
import { missingFirewall } from "../support/firewall-lab.ts";
import { namespacesOf, usersOf } from "../support/lab-namespaces.ts";
import { labCommand, labFolder, LabProcess } from "../support/lab-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TEST_MS = 180_000;

beforeEach((context) => {
  if (missingFirewall !== null) context.skip(missingFirewall);
});

test(
  "when its supervisor is killed, `down` leaves no process, namespace or mount of it",
  { timeout: TEST_MS },
  async () => {
    await using folder = await labFolder();
    await using lab = await LabProcess.up(folder.dir, ["--free-ports", "--firewall"]);
    const namespaces = await namespacesOf(folder.dir);
    await lab.stop("SIGKILL");
    expect((await usersOf(namespaces)).length).toBeGreaterThan(5);
    expect(await labCommand(["down", "--dir", folder.dir])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing is left"),
    });
    expect(await leftovers(folder.dir)).toEqual([]);
    expect(await usersOf(namespaces)).toEqual([]);
  },
);

test.for([
  ["--nomad", "--firewall runs the services on hosts of its own, and does not combine with --nomad."],
  ["--connect", "--firewall runs the services on hosts of its own, and does not combine with --connect."],
])("it does not combine with %s, and says so in one sentence", async ([other, said]) => {
  await using folder = await labFolder();
  const refused = await labCommand(["up", "--dir", folder.dir, "--free-ports", "--firewall", other ?? ""]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(said ?? "") });
});

test("where a program of the network's is missing, it says which one and how to get it, and makes nothing", async () => {
  await using folder = await labFolder();
  using programs = temporaryFolder();
  await writeFile(programs.file("nft"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
  const env = { ...process.env, PATH: `${programs.path}:${process.env["PATH"]}` };
  const refused = await labCommand(["up", "--dir", folder.dir, "--free-ports", "--firewall"], env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/error: nft is missing, by which the network is made\.\n\s+apt-get install nftables/);
  await expect(access(folder.dir)).rejects.toThrow("ENOENT");
  const { stdout } = await labCommand(["doctor", "--dir", folder.dir], env);
  expect(stdout).toMatch(/network\s.*nft is missing/);
});
