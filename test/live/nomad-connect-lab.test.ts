import { expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { LabStatus } from "../../lab/status.ts";
import { labCommand, labFolder, stateIn, statusIn } from "../support/lab-process.ts";
import { noTraces, tracesOf } from "../support/traces.ts";

/** A check is run every few seconds, and fails at first where the machine is too busy to answer it in time. */
const CHECKED_MS = 90_000;

test("a lab of Nomad, Consul and the mesh, detached: well after its start, and gone without a trace", async () => {
  await using folder = await labFolder();
  const { dir } = folder;
  const up = await labCommand(["up", "--nomad", "--connect", "--detach", "--free-ports", "--dir", dir]);
  expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining("The lab is up.") });
  for (const line of ["/mesh deny service-a service-b", "lab -- step change-modes", "lab -- rotate-root"]) {
    expect(up.stdout).toContain(line);
  }
  expect((await stateIn(dir)).supervisor.detached).toBe(true);

  const status = await settled(dir);
  expect(status).toMatchObject(well);
  expect(status.consul?.servers.filter(({ leader }) => leader)).toHaveLength(1);
  const run = [...status.instances, ...(status.mesh?.sidecars ?? [])];
  const allocations = new Set(run.map(({ allocation }) => allocation?.id ?? "none"));
  expect(allocations.size).toBe(6);

  expect((await labCommand(["down", "--dir", dir])).code).toBe(0);
  expect(await tracesOf(dir, [...allocations])).toEqual(noTraces);
}, 240_000);

/** What the lab tells of itself once every check of Consul's has passed. */
async function settled(dir: string): Promise<LabStatus> {
  const checked = async () => {
    const told = await statusIn(dir);
    const all = [...told.instances, ...(told.mesh?.sidecars ?? [])];
    return all.every(({ check }) => check?.status === "passing") ? told : null;
  };
  return eventually("every check to pass", checked, AbortSignal.timeout(CHECKED_MS), 500);
}

const passing = { status: "passing" };
const placed = { node: expect.stringMatching(/^nomad-[12]$/) };

/** As `status --json` tells of a lab of that profile when all of it is well. */
const well = {
  ready: true,
  problems: [],
  profile: ["nomad", "connect"],
  consul: { servers: ["server-1", "server-2", "server-3"].map((name) => ({ name, alive: true })) },
  nomad: { nodes: ["nomad-1", "nomad-2"].map((name) => ({ name, status: "ready" })) },
  instances: ["a-0", "a-1", "b-0", "b-1"].map((instance) => ({
    instance,
    generation: "g0",
    problem: null,
    allocation: placed,
    check: passing,
  })),
  mesh: {
    ca: { provider: "vault", roots: [{ active: true }] },
    sidecars: ["a-mesh", "b-mesh"].map((instance) => ({
      instance,
      problem: null,
      allocation: placed,
      check: passing,
    })),
  },
};
