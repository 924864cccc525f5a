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

test.for([
  [
    "where a program of the network's is missing",
    "nft",
    "exit 127",
    "nft is missing, by which the network is made.",
    "apt-get install nftables",
  ],
  [
    "where the kernel lets nobody make a network",
    "unshare",
    'test "$1" = --version && exit; echo "unshare: unshare failed: Operation not permitted" >&2; exit 1',
    "This machine does not let its user make a network: unshare: unshare failed: Operation not permitted.",
    "Run it as root, or allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1",
  ],
])("%s, it says so and how to mend it, and makes nothing", async ([, program = "", script, missing, mend]) => {
  await using folder = await labFolder();
  using programs = temporaryFolder();
  await writeFile(programs.file(program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${programs.path}:${process.env["PATH"]}` };
  const refused = await labCommand(["up", "--dir", folder.dir, "--free-ports", "--firewall"], env);
  expect(refused.code).toBe(1);
  const [, told, how] = /error: (.*)\n\s+(.*)/.exec(refused.stderr) ?? [];
  expect([told, how]).toEqual([missing, expect.stringContaining(mend ?? "")]);
  await expect(access(folder.dir)).rejects.toThrow("ENOENT");
  const { stdout } = await labCommand(["doctor", "--dir", folder.dir], env);
  expect(stdout).toContain(`${missing} (--firewall)`);
});
