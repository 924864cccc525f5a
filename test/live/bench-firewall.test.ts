import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { missingFirewall } from "../support/firewall-lab.ts";

const run = promisify(execFile);
const BENCH = join(import.meta.dirname, "../bench/cli.ts");

test("the bench of the firewall ends with a table for one rule in force and one for all", async (context) => {
  if (missingFirewall !== null) return context.skip(missingFirewall);
  const { stdout } = await run(process.execPath, [BENCH, "firewall", "--rounds", "1", "--rules", "3"]);
  const [title, ...tables] = stdout.trimEnd().split("\n\n");
  expect(title).toMatch(/^1 openings each, (real|stand-in) CTS 0\.9\.\d+, milliseconds$/);
  const row = (name: string) => expect.stringMatching(new RegExp(`^${name} +[1-9]\\d* +[1-9]\\d*$`));
  expect(tables.map((table) => table.split("\n"))).toEqual(
    [1, 3].map((count) => [
      expect.stringMatching(new RegExp(`^with ${count} in force +p50 +max$`)),
      row("click → packets pass"),
      row("  of it the bot and CTS's plan"),
      row("  of it Terraform and nft"),
      row("before that, typed → plan shown"),
    ]),
  );
}, 180_000);
