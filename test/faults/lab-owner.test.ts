import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { leftovers } from "../../lab/sweep.ts";
import { labCommand, labFolder, LabProcess, stateIn } from "../support/lab-process.ts";

test("what a killed supervisor left is cleared by up, by reset and by down", { timeout: 180_000 }, async () => {
  await using folder = await labFolder();
  const { dir } = folder;

  await using first = await LabProcess.up(dir);
  const { urls } = await stateIn(dir);
  await first.stop("SIGKILL");
  const orphans = await leftovers(dir);
  expect(orphans.length).toBeGreaterThanOrEqual(14);
  const killed = first.process.pid;
  for (const command of [["status"], ["case", "normal"]]) {
    const { stderr } = await labCommand([...command, "--dir", dir]);
    expect(stderr).toContain(`lost its supervisor (process ${killed}); ${orphans.length} of its processes still run.`);
    expect(stderr).toContain("`npm run lab -- down` clears them.");
  }

  await using second = await LabProcess.up(dir);
  const now = await leftovers(dir);
  expect(orphans.filter((pid) => now.includes(pid))).toEqual([]);
  const before = await stateIn(dir);
  expect(before.urls).not.toEqual(urls);

  await second.stop("SIGKILL");
  const reset = await labCommand(["reset", "--dir", dir]);
  expect(reset).toMatchObject({ code: 0, stdout: expect.stringContaining("The lab is up anew") });
  expect(reset.stdout).toContain("It runs detached now");
  const third = await stateIn(dir);
  expect(third.supervisor.detached).toBe(true);
  expect(third.programs).toEqual(before.programs);
  expect(third.ports).toEqual(before.ports);

  process.kill(third.supervisor.pid, "SIGKILL");
  expect((await leftovers(dir)).length).toBeGreaterThanOrEqual(14);
  expect((await labCommand(["down", "--dir", dir])).code).toBe(0);
  expect(await leftovers(dir)).toEqual([]);
  await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
});
