import { mkdir, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, ownerOf, removeFolder } from "../../lab/folder.ts";
import { labCommand, LabProcess } from "../support/lab-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(await realpath(folder.path), "lab");
});
afterEach(() => folder[Symbol.dispose]());

const commands = ["up", "reset", "down"];

describe("a folder that is somebody else's is left as it is by up, reset and down", () => {
  const markers: [what: string, file: string, text: string][] = [
    ["a file that says who its owner is", "owner.json", JSON.stringify({ pid: 1, startTime: "1" })],
    ["a marker of another kind", ".certops-lab", JSON.stringify({ kind: "laboratory", pid: 1, startTime: "1" })],
  ];
  test.for(markers)("%s", async ([, file, text]) => {
    await mkdir(join(dir, "pki"), { recursive: true });
    await writeFile(join(dir, "pki", "thesis.txt"), "years of work");
    await writeFile(join(dir, file), text);
    for (const command of commands) {
      const told = await labCommand([command, "--dir", dir]);
      expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining(`${dir} holds files that no lab made`) });
    }
    expect(await readFile(join(dir, "pki", "thesis.txt"), "utf8")).toBe("years of work");
  });
});

describe("a stranger's file in a lab's folder", () => {
  test("up and reset name it and touch nothing; down takes the rest away and says that it is kept", async () => {
    await makeFolder(dir);
    await writeFile(join(dir, "thesis.txt"), "years of work");
    for (const command of ["up", "reset"]) {
      const told = await labCommand([command, "--dir", dir]);
      expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("that no lab made: thesis.txt.") });
    }
    expect(await readdir(dir)).toContain("pki");
    // Its marker names this process, which is not to be stopped.
    await writeFile(join(dir, ".certops-lab"), "");
    const down = await labCommand(["down", "--dir", dir]);
    expect(down).toMatchObject({ code: 0, stdout: expect.stringContaining(join(dir, "thesis.txt")) });
    expect(await readdir(dir)).toEqual(["thesis.txt"]);
  });

  test("is kept, and said, by a running lab that is reset or goes down", { timeout: 120_000 }, async () => {
    await using lab = await LabProcess.up(dir);
    await writeFile(join(dir, "thesis.txt"), "years of work");
    const reset = await labCommand(["reset", "--dir", dir]);
    expect(reset).toMatchObject({ code: 1, stderr: expect.stringContaining("thesis.txt") });
    expect((await labCommand(["status", "--dir", dir])).code).toBe(0);
    await lab.stop();
    expect(lab.output).toContain(`Kept in ${dir}, for no lab made it: thesis.txt`);
    expect(await readdir(dir)).toEqual(["thesis.txt"]);
  });
});

test("a link in a lab's folder is removed, and what it leads to is kept", async () => {
  const elsewhere = folder.file("elsewhere");
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, "thesis.txt"), "years of work");
  await mkdir(dir);
  await writeFile(join(dir, ".certops-lab"), "");
  await symlink(elsewhere, join(dir, "logs"));
  expect(await removeFolder(dir)).toEqual([]);
  expect(await readdir(elsewhere)).toEqual(["thesis.txt"]);
});

test.for(["", '{"kind":"certops-lab","pi'])("a marker cut short to %j is nobody's, and clears", async (text) => {
  await makeFolder(dir);
  await writeFile(join(dir, ".certops-lab"), text);
  expect(await ownerOf(dir)).toBeNull();
  expect((await labCommand(["down", "--dir", dir])).code).toBe(0);
  expect(await readdir(folder.path)).toEqual([]);
});
