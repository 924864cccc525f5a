import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const checkout = resolve(import.meta.dirname, "../..");
/** What a run of the whole looks for at its end, to fail on it. */
const [, looksFor = "nothing"] = /if grep '([^']+)'/.exec(readFileSync(join(checkout, ".ci/run"), "utf8")) ?? [];

const skipping = `
test("runs", () => {});
test("draws", ({ skip }) => skip("needs Debian's chromium: apt-get install chromium"));
describe("the wire", () => test.skip("is heard", () => {}));
`;

test("a run names each test that it skipped with what is missing, where a run of the whole looks for it", async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.file("skipping.test.js"), skipping);
  const vitest = join(checkout, "node_modules/vitest/vitest.mjs");
  const reporter = join(checkout, "test/support/closing-line.ts");
  const args = ["run", "--globals", `--root=${folder.path}`, `--reporter=${reporter}`];
  const { code, output } = await run([process.execPath, vitest, ...args]);
  expect(code).toBe(0);
  const lines = output.trim().split("\n");
  expect(lines.filter((line) => new RegExp(looksFor).test(line))).toEqual([
    "skipped: draws — needs Debian's chromium: apt-get install chromium",
    "skipped: the wire > is heard — no reason given",
  ]);
  expect(lines.at(-1)).toBe("1 passed, 0 failed, 2 skipped");
});
