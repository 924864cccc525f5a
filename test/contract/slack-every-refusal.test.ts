import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const read = (pattern: string, cwd: string): [file: string, source: string][] =>
  globSync(pattern, { cwd }).map((file) => [file, readFileSync(join(cwd, file), "utf8")]);

// However a refusal is written: refuse("…"), refuseFor("…"), error: "…", or mistake("…").
const refusals = /(?:\brefuse(?:For)?\(\s*|\berror: )"([a-z_]+)"|\bmistake\(\s*"([A-Z_]+)"/g;

test("every code by which the workspace refuses is expected in a test of it", () => {
  const sources = read("**/*.ts", join(here, "../../lab/slack"));
  const codes = new Set(
    sources.flatMap(([, source]) => [...source.matchAll(refusals)].map(([, slack, human]) => slack ?? human)),
  );
  expect(codes.size).toBeGreaterThan(50);
  const tests = read("slack-*.test.ts", here)
    .map(([, source]) => source)
    .join("\n");
  expect([...codes].filter((code) => !tests.includes(`"${code}"`))).toEqual([]);
});
