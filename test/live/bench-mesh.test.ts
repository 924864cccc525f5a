import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const BENCH = join(import.meta.dirname, "../bench/cli.ts");

test("the bench of the mesh ends with a table of what plain, own mTLS and sidecars cost, and none fails", async () => {
  const { stdout } = await run(process.execPath, [BENCH, "mesh", "--seconds", "9", "--workers", "2"]);
  const [title, columns, ...rows] = stdout.trimEnd().split("\n");
  expect(title).toMatch(/^2 workers, half fresh, half kept alive; 1 times 3 s each, in turn; latency in ms$/);
  expect(columns?.trim().split(/ {2,}/)).toEqual(["fresh req/s", "p50", "p99", "kept req/s", "p50", "p99", "failed"]);
  const number = String.raw`[1-9]\d*`;
  const latency = String.raw`\d+\.\d`;
  const half = `${number} +${latency} +${latency}`;
  expect(rows).toEqual(
    ["plain HTTP", "own mTLS", String.raw`sidecars \(Envoy to Envoy\)`].map((way) =>
      expect.stringMatching(new RegExp(`^${way} +${half} +${half} +0$`)),
    ),
  );
}, 90_000);
