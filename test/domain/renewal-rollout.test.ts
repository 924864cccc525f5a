import { describe, expect, test } from "vitest";
import type { Certificate } from "../../bot/domain/certificate.ts";
import { counted } from "../../bot/domain/proof.ts";
import { type Leaf, nextAct, nothingProven, waves } from "../../bot/domain/rollout.ts";

const limits = { serveMs: 30_000, settleMs: 2_000 };
const t0 = 1_000_000;
const leaf = (at: number): Leaf => ({ at, serial: "0a", notAfter: at + 120_000 });

interface State {
  rollout?: "all" | "one-first";
  written?: Record<string, number>;
  proven?: number[];
  served?: Record<string, Leaf>;
  showing?: string[];
  now?: number;
  since?: number;
}

function next(state: State, instances = ["a-1", "a-2"]) {
  return nextAct(
    { instances, rollout: state.rollout ?? "all" },
    { written: state.written ?? {}, proven: state.proven ?? [] },
    { served: state.served ?? {}, showing: new Set(state.showing) },
    { now: state.now ?? t0, since: state.since ?? t0 },
    limits,
  );
}

describe("waves", () => {
  test("all at once, or one before the rest", () => {
    expect(waves({ instances: ["a", "b", "c"], rollout: "all" })).toEqual([["a", "b", "c"]]);
    expect(waves({ instances: ["a", "b", "c"], rollout: "one-first" })).toEqual([["a"], ["b", "c"]]);
    expect(waves({ instances: ["a"], rollout: "one-first" })).toEqual([["a"]]);
  });
});

describe("what to do next", () => {
  const written = { "a-1": t0, "a-2": t0 };
  const both = { "a-1": leaf(t0 + 1_000), "a-2": leaf(t0 + 1_500) };

  test.each<[string, State, ReturnType<typeof next>]>([
    ["nothing is written", {}, { do: "write", instances: ["a-1", "a-2"] }],
    ["a process died after half of it", { written: { "a-1": t0 } }, { do: "write", instances: ["a-2"] }],
    ["written, nobody serves it", { written }, { do: "watch", until: t0 + 30_000 }],
    ["one serves it", { written, served: { "a-1": leaf(t0) } }, { do: "watch", until: t0 + 30_000 }],
    ["the deadline has passed", { written, now: t0 + 30_000 }, { do: "end", state: "not-served" }],
    [
      "taken up anew long after the write: the instances get their time",
      { written, now: t0 + 90_001, since: t0 + 90_000 },
      { do: "watch", until: t0 + 120_000 },
    ],
    [
      "all serve it: watched a little longer",
      { written, served: both, now: t0 + 1_600 },
      { do: "watch", until: t0 + 3_500 },
    ],
    [
      "all still show it after that",
      { written, served: both, showing: ["a-1", "a-2"], now: t0 + 3_500 },
      { do: "proven" },
    ],
    [
      "one does not show it at that moment: it gets another chance",
      { written, served: both, showing: ["a-1"], now: t0 + 3_500 },
      { do: "watch", until: t0 + 33_500 },
    ],
    [
      "one went back and stays there",
      { written, served: both, showing: ["a-1"], now: t0 + 33_500 },
      { do: "end", state: "not-served" },
    ],
    ["every wave is proven", { written, served: both, proven: [t0 + 3_500] }, { do: "end", state: "deployed" }],
  ])("%s", (_, state, act) => {
    expect(next(state)).toEqual(act);
  });

  describe("one first", () => {
    const rollout = "one-first";
    const first = { written: { "a-1": t0 }, served: { "a-1": leaf(t0 + 500) } };

    test.each<[string, State, ReturnType<typeof next>]>([
      ["the first alone is written", {}, { do: "write", instances: ["a-1"] }],
      ["the rest waits until it is proven", { ...first, showing: ["a-1"] }, { do: "watch", until: t0 + 2_500 }],
      ["then it is proven", { ...first, showing: ["a-1"], now: t0 + 2_500 }, { do: "proven" }],
      ["then the rest is written", { ...first, proven: [t0 + 2_500] }, { do: "write", instances: ["a-2"] }],
      [
        "a first one that never serves it ends it",
        { written: { "a-1": t0 }, now: t0 + 30_000 },
        { do: "end", state: "not-served" },
      ],
      [
        "the end wants all of them, the first one too",
        { written, served: both, proven: [t0], showing: ["a-2"], now: t0 + 3_500 },
        { do: "watch", until: t0 + 33_500 },
      ],
    ])("%s", (_, state, act) => {
      expect(next({ ...state, rollout })).toEqual(act);
    });
  });
});

describe("the count", () => {
  const certificate = (serial: string, generation: string) => ({ serial, generation, notAfter: t0 + 9 }) as Certificate;
  const reset = { code: "ECONNRESET", side: "network", cause: "", fix: "" } as const;
  const ok = (at: number) => ({ at, problem: null });

  test("tells tried, failed and causes", () => {
    let proof = counted(nothingProven, "r-1", "a-1", ok(t0), certificate("0a", "g0"));
    proof = counted(proof, "r-1", "a-1", { at: t0, problem: reset }, null);
    proof = counted(proof, "r-1", "a-2", { at: t0, problem: reset }, null);
    expect(proof).toMatchObject({ tried: 3, failed: 2, causes: { ECONNRESET: 2 } });
  });

  test("remembers what was served before, first and last", () => {
    const seen: [number, string, string][] = [
      [1, "0a", "g0"],
      [2, "0b", "g0"],
      [3, "1a", "r-1"],
      [4, "0b", "g0"],
      [5, "1b", "r-1"],
    ];
    const proof = seen.reduce(
      (so, [at, serial, generation]) => counted(so, "r-1", "a-1", ok(at), certificate(serial, generation)),
      nothingProven,
    );
    expect(proof).toMatchObject({
      before: { "a-1": { at: 2, serial: "0b" } },
      served: { "a-1": { at: 3, serial: "1a" } },
      latest: { "a-1": { at: 5, serial: "1b" } },
    });
  });

  test("a certificate of the generation that does not verify is not served", () => {
    const proof = counted(nothingProven, "r-1", "a-1", { at: t0, problem: reset }, certificate("1a", "r-1"));
    expect(proof).toMatchObject({ tried: 1, failed: 1, served: {}, latest: {}, before: {} });
  });
});
