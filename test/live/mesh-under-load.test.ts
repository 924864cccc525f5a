import { afterAll, beforeAll, expect, test } from "vitest";
import { knock } from "../../lab/cases/knock.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { childOf, pidOf } from "../support/child-of.ts";
import { labCommand } from "../support/lab-process.ts";
import { loadOf } from "../support/load.ts";
import { inMesh, leafOf, pageOf, statOf, trusted, upstreamOf } from "../support/mesh-lab.ts";
import { startOwnLab } from "../support/own-lab.ts";

/** Consul spreads the renewal of leaves over half a minute when the root changes. */
const FOLLOWED_MS = 45_000;

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab({ connect: "vault" });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(20_000);

test("a new root under load: nothing is lost, both are trusted meanwhile, and the new leaves lead to the new root", async () => {
  const before = await lab.control.status();
  const oldTrust = await trusted(lab);
  const stop = new AbortController();
  const load = loadOf({ origin: upstreamOf(lab, "a-mesh"), everyMs: 20 }, 4, stop.signal);
  const told = await labCommand(["rotate-root", "--dir", lab.state.dir]);
  expect(told).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/has a new root, and trusts both:\n(.+\n){2}The sidecars/),
  });

  const { mesh } = await lab.control.status();
  const roots = mesh?.ca.roots ?? [];
  expect(roots.map(({ active }) => active)).toEqual([false, true]);
  expect(roots[0]?.id).toBe(before.mesh?.ca.roots[0]?.id);
  const active = roots[1]?.id;
  const followed = async () => {
    const now = (await lab.control.status()).mesh?.sidecars ?? [];
    return now.every(({ certificate }) => certificate?.root === active) ? now : null;
  };
  const after = await eventually("the sidecars to follow", followed, AbortSignal.timeout(FOLLOWED_MS), 200);
  const serials = (sidecars: typeof after | undefined) => sidecars?.map(({ certificate }) => certificate?.serial);
  expect(serials(after)).not.toEqual(serials(before.mesh?.sidecars));
  stop.abort();
  const { fresh, kept } = await load;
  expect([fresh.failures, kept.failures]).toEqual([{}, {}]);
  expect(Math.min(fresh.requests, kept.requests)).toBeGreaterThan(100);

  // On the wire: whoever knows the new root alone, and whoever knows the old one alone, still knows service-b.
  const identity = await leafOf(lab, "service-a");
  const newTrust = (await trusted(lab)).replace(oldTrust.trim(), "");
  expect(newTrust.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  for (const trust of [newTrust, oldTrust]) {
    expect(await knock(inMesh(lab, "b-mesh"), { trust, identity })).toMatchObject({ letIn: true });
  }
}, 90_000);

test("Consul's servers without a quorum, and its client killed: calls go on, and nothing is lost", async () => {
  const stop = new AbortController();
  const load = loadOf({ origin: upstreamOf(lab, "a-mesh"), everyMs: 20 }, 4, stop.signal);
  const servers = lab.children().filter(({ name }) => name.startsWith("consul server-"));
  const client = childOf(lab, "consul client");
  const before = pidOf(lab, "consul client");
  for (const server of servers.slice(1)) server.pause();
  process.kill(before, "SIGKILL");
  await eventually("Consul to be without a leader", async () => ((await leader()) === null ? true : null), soon(), 100);
  expect(await pageOf(inMesh(lab, "a-mesh"))).toContain("Outcome: answered");
  for (const server of servers) server.resume();
  await eventually("Consul to have one again", leader, soon(), 100);
  const restarted = async () => (client.state() === "up" && client.pid !== before ? true : null);
  await eventually("its client to be back", restarted, soon(), 100);
  await eventually("the mesh to be well again", async () => (await wellMesh()) || null, soon(), 100);
  stop.abort();
  const { fresh, kept } = await load;
  expect([fresh.failures, kept.failures]).toEqual([{}, {}]);
  expect(Math.min(fresh.requests, kept.requests)).toBeGreaterThan(10);
});

test("a sidecar that dies is started again, and calls go through it", async () => {
  const before = pidOf(lab, "sidecar b-mesh");
  process.kill(before, "SIGKILL");
  const back = async () => {
    const sidecar = childOf(lab, "sidecar b-mesh");
    const page = await pageOf(inMesh(lab, "a-mesh"));
    return sidecar.state() === "up" && sidecar.pid !== before && page.includes("Outcome: answered") ? page : null;
  };
  await eventually("the sidecar to be back", back, soon(), 100);
  expect(await statOf(inMesh(lab, "b-mesh"), "^http.public_listener.downstream_rq_2xx$")).toBeGreaterThan(0);
});

async function leader(): Promise<string | null> {
  return (await lab.control.status()).consul?.leader ?? null;
}

async function wellMesh(): Promise<boolean> {
  const { mesh } = await lab.control.status();
  return mesh?.sidecars.every(({ problem, check }) => problem === null && check?.status === "passing") ?? false;
}
