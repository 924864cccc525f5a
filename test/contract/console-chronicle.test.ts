import { describe, expect, test } from "vitest";
import { blank, type Chronicle, record, type Seen, sinceWhen } from "../../lab/console/chronicle.ts";
import type { LabStatus } from "../../lab/status.ts";
import type { TrafficSample } from "../../lab/traffic-count.ts";
import { quietStatus } from "./console-fixture.ts";

type Served = { instance: string; serial: string | null; notAfter?: number };
type Sidecar = { instance: string; serial: string; root: string };

function status(...served: Served[]): LabStatus {
  const instances = served.map(({ instance, serial, notAfter = 1e9 }) => ({
    service: "service-a",
    instance,
    host: "127.0.0.1",
    port: 1,
    serverName: "service-a.example.com",
    serial,
    generation: "g0",
    notBefore: 0,
    notAfter,
    problem: null,
    allocation: null,
    check: null,
  }));
  return { ...quietStatus, instances };
}

/** The first root is the active one. */
function meshStatus(roots: string[], ...sidecars: Sidecar[]): LabStatus {
  return {
    ...quietStatus,
    mesh: {
      ca: {
        provider: "vault",
        roots: roots.map((id, index) => ({ id, name: "a root", active: index === 0, notAfter: 1e9 })),
      },
      sidecars: sidecars.map(({ instance, serial, root }) => ({
        service: "service-a",
        instance,
        certificate: { serial, spiffe: "spiffe://of.consul/svc/service-a", notBefore: 0, notAfter: 1e9, root },
        problem: null,
        allocation: null,
        check: null,
      })),
      intentions: [],
    },
  };
}

/** One reading: each source's ok and failed, all of them over fresh connections. */
function sample(at: number, sources: Record<string, [ok: number, failed: number] | null>): TrafficSample {
  const idle = { ok: 0, failed: 0, causes: {} };
  const counts = Object.entries(sources).map(([name, count]) => ({
    name,
    count: count && { fresh: { ok: count[0], failed: count[1], causes: { ECONNRESET: count[1] } }, kept: idle },
  }));
  return { at, ok: 0, failed: 0, causes: {}, rotations: 0, sources: counts };
}

function play(looks: Partial<Seen>[]): { chronicle: Chronicle; steps: ReturnType<typeof record>[] } {
  let chronicle = blank;
  const steps = looks.map((look, index) => {
    const step = record(chronicle, { at: index * 500, status: null, sample: null, ...look });
    chronicle = step.chronicle;
    return step;
  });
  return { chronicle, steps };
}

describe("traffic", () => {
  test("is told per second, and added up since the first look", () => {
    const { chronicle, steps } = play([
      { sample: sample(0, { outside: [1000, 29] }) },
      { sample: sample(500, { outside: [1020, 29] }) },
      { sample: sample(1000, { outside: [1040, 31] }) },
    ]);
    expect(steps[0]?.point).toBeNull();
    expect(steps[1]?.point).toEqual({ at: 500, requests: 40, failures: 0 });
    expect(steps[2]?.point).toEqual({ at: 1000, requests: 42, failures: 2 });
    expect(chronicle.totals).toEqual({ requests: 42, failures: 2, causes: { ECONNRESET: 2 } });
  });

  test("a client that was started again counts from zero; one that is away counts nothing", () => {
    const { chronicle } = play([
      { sample: sample(0, { outside: [500, 0], "a-1": [300, 0] }) },
      { sample: sample(500, { outside: [4, 1], "a-1": null }) },
      { sample: sample(1000, { outside: [6, 1], "a-1": [320, 0] }) },
    ]);
    expect(chronicle.totals).toMatchObject({ requests: 7, failures: 1 });
  });

  test("each source's share is told by itself, over two seconds", () => {
    const { steps } = play(
      [0, 8, 16, 16, 20, 20].map((ok, index) => ({
        sample: sample(index * 500, { outside: [ok, 0], "a-mesh": [10, index], "b-mesh": null }),
      })),
    );
    expect(steps[0]?.flows).toEqual([]);
    expect(steps[5]?.flows).toEqual([
      { source: "outside", ok: 6, failed: 0 },
      { source: "a-mesh", ok: 0, failed: 2 },
    ]);
  });

  test("what is older than five minutes is forgotten, the sum is not", () => {
    const { chronicle } = play([
      { at: 0, sample: sample(0, { outside: [0, 0] }) },
      { at: 1000, sample: sample(1000, { outside: [10, 0] }) },
      { at: 400_000, sample: sample(400_000, { outside: [20, 0] }) },
    ]);
    expect(chronicle.points.map(({ at }) => at)).toEqual([400_000]);
    expect(chronicle.totals.requests).toBe(20);
  });
});

describe("the mesh", () => {
  test("a new root is told once, and each sidecar's leaf as it moves", () => {
    const { chronicle, steps } = play([
      { status: meshStatus(["one"], { instance: "a-mesh", serial: "aa", root: "one" }) },
      { status: meshStatus(["two", "one"], { instance: "a-mesh", serial: "aa", root: "one" }) },
      { status: null },
      { status: meshStatus(["two", "one"], { instance: "a-mesh", serial: "bb", root: "two" }) },
    ]);
    expect(steps.map(({ rootChanges }) => rootChanges)).toEqual([[], [{ at: 500, root: "two" }], [], []]);
    expect(steps.map(({ swaps }) => swaps.length)).toEqual([0, 0, 0, 1]);
    expect(chronicle.swaps).toEqual([{ at: 1500, instance: "a-mesh", serial: "bb", generation: null }]);
    expect(sinceWhen(chronicle)).toEqual({ "a-mesh": 1500 });
  });
});

describe("swaps", () => {
  test("another serial is a swap; the first sight and an instance that is away are none", () => {
    const { steps } = play([
      { status: status({ instance: "a-1", serial: "aa" }) },
      { status: status({ instance: "a-1", serial: null }) },
      { status: status({ instance: "a-1", serial: "aa" }) },
      { status: status({ instance: "a-1", serial: "bb" }) },
    ]);
    expect(steps.map(({ swaps }) => swaps.length)).toEqual([0, 0, 0, 1]);
    expect(steps[3]?.swaps).toEqual([{ at: 1500, instance: "a-1", serial: "bb", generation: "g0" }]);
  });

  test("a certificate that is put back has the age it had", () => {
    const { chronicle } = play([
      { status: status({ instance: "a-1", serial: "aa" }) },
      { status: status({ instance: "a-1", serial: "short" }) },
      { status: status({ instance: "a-1", serial: "aa" }) },
    ]);
    expect(sinceWhen(chronicle)).toEqual({ "a-1": 0 });
    expect(chronicle.swaps.length).toBe(2);
  });
});
