import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { tellChangeModes } from "../../lab/commands/step.ts";
import { between } from "../../lab/steps/change-modes.ts";
import type { TrafficSample } from "../../lab/traffic-count.ts";

test("what a rotation cost is counted by those who call the service, and by nobody who was started again", () => {
  const tally = (ok: number, bad: number) => ({ ok, failed: bad, causes: {} });
  const sample = (sources: TrafficSample["sources"]): TrafficSample => ({
    at: 0,
    ok: 0,
    failed: 0,
    causes: {},
    rotations: 0,
    sources,
  });
  const of = (name: string, ok: number, bad: number) => ({
    name,
    count: { fresh: tally(ok, bad), kept: tally(2 * ok, 0) },
  });
  const before = sample([of("outside", 10, 1), of("a-0", 50, 0), of("b-0", 5, 0)]);
  const after = sample([of("outside", 20, 3), of("a-0", 1, 9), of("b-0", 8, 0), { name: "b-1", count: null }]);
  expect(between(before, after)).toEqual({ sent: { fresh: 15, kept: 26 }, lost: { fresh: 2, kept: 0 } });
});

test("it is told in a table: a mode a line, with the time until it is served and the requests that were lost", () => {
  const sent = { fresh: 100, kept: 90 };
  const told = tellChangeModes({
    service: "service-a",
    instances: 2,
    modes: [
      { mode: "noop", renderedMs: 310, servedMs: null, sent, lost: { fresh: 0, kept: 0 } },
      { mode: "restart", renderedMs: 290, servedMs: 2_450, sent, lost: { fresh: 17, kept: 5 } },
      { mode: "signal", renderedMs: 300, servedMs: 340, sent, lost: { fresh: 0, kept: 0 } },
    ],
    patienceMs: 5_000,
    tookMs: 40_000,
  });
  const lines = stripVTControlCharacters(told).split("\n");
  expect(lines[1]).toBe("One rotation of service-a, 2 instances, under each change_mode");
  expect(lines.slice(3, 7).map((line) => line.trim().split(/ {3,}/))).toEqual([
    ["change_mode", "in the file", "served by all", "lost (fresh)", "lost (kept)"],
    ["noop", "0.31 s", "never (waited 5.00 s)", "0 of 100", "0 of 90"],
    ["restart", "0.29 s", "2.45 s", "17 of 100", "5 of 90"],
    ["signal", "0.30 s", "0.34 s", "0 of 100", "0 of 90"],
  ]);
});
