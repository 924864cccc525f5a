import { describe, expect, test } from "vitest";
import { members } from "../../lab/console/page/cluster/members.ts";
import { progress } from "../../lab/console/page/mesh/root-rotation.ts";
import { rootState } from "../../lab/console/page/mesh/root-words.ts";
import { edgeSentence, rateWords } from "../../lab/console/page/topology/edge-words.ts";
import { type Edge, edges } from "../../lab/console/page/topology/edges.ts";
import { verdict } from "../../lab/console/page/topology/verdict.ts";
import { labelPlaces } from "../../lab/console/page/traffic/label-places.ts";
import { marks } from "../../lab/console/page/traffic/chart-marks.ts";
import { fakeLab } from "../browser/fake-lab.ts";

const flow = (source: string, ok: number, failed = 0) => ({ source, ok, failed });
const names = ({ way, from, to }: Edge) => `${way}: ${from} → ${to}`;
const allow = { action: "allow" } as const;
const deny = { action: "deny" } as const;

describe("the mesh's verdict", () => {
  const a = "service-a";
  const b = "service-b";
  test.each([
    ["nothing allows what no intention names", [], { action: "deny", by: null }],
    ["an intention holds one way only", [{ source: b, destination: a, ...allow }], { action: "deny", by: null }],
    ["an intention for this pair", [{ source: a, destination: b, ...allow }], { action: "allow" }],
    [
      "this pair before any source",
      [
        { source: "*", destination: b, ...allow },
        { source: a, destination: b, ...deny },
      ],
      { action: "deny", by: { source: a } },
    ],
    [
      "this destination before any destination",
      [
        { source: a, destination: "*", ...allow },
        { source: "*", destination: b, ...deny },
      ],
      { action: "deny", by: { source: "*", destination: b } },
    ],
    ["all to all", [{ source: "*", destination: "*", ...allow }], { action: "allow", by: { source: "*" } }],
  ])("%s", (_what, intentions, expected) => {
    expect(verdict(intentions, a, b)).toMatchObject(expected);
  });
});

describe("the topology's edges", () => {
  test("without a mesh: from outside, and between the services by their own mTLS", () => {
    const { status } = fakeLab("default");
    const found = edges(status, [flow("outside", 20), flow("a-1", 8), flow("a-2", 7, 1), flow("b-1", 8)]);
    expect(found.map(names)).toEqual([
      "outside: outside → service-a",
      "mtls: service-a → service-b",
      "mtls: service-b → service-a",
    ]);
    expect(found.map(({ rate }) => rate)).toEqual([
      { ok: 20, failed: 0 },
      { ok: 15, failed: 1 },
      { ok: 8, failed: 0 },
    ]);
    expect(found.map(rateWords)).toEqual(["20/s", "15/s · 1/s fail", "8/s"]);
    expect(found[1]?.caller).toMatchObject({ lines: ["service-a.example.com", "g0"] });
    expect(found[1]?.answerer).toMatchObject({ lines: ["service-b.example.com", "r-fki2zumu"] });
  });

  test("while a renewal rolls out, both generations stand on the edge", () => {
    const { status } = fakeLab("default");
    const [first] = status.instances;
    if (first) first.generation = "r-new";
    const [outside] = edges(status, []);
    expect(outside?.answerer?.lines).toEqual(["service-a.example.com", "r-new, g0"]);
    expect(outside && rateWords(outside)).toBe("no word");
  });

  test("in the mesh each edge carries SPIFFE ids, and a denied one says by which intention", () => {
    const lab = fakeLab("nomad and connect");
    lab.intend("deny", "service-a", "service-b");
    const found = edges(lab.status, [flow("a-mesh", 0, 8), flow("b-mesh", 0)]);
    const [denied, allowed] = found.filter(({ way }) => way === "mesh");
    expect(denied?.caller?.lines).toEqual(["spiffe://5b1f….consul", "…/svc/service-a"]);
    expect(denied && rateWords(denied)).toBe("denied · 8/s refused");
    expect(denied && edgeSentence(denied)).toMatch(
      /^service-a → service-b through the mesh: 0\/s answered, 8\/s failed\. Denied by the intention service-a → service-b\. spiffe:.*service-a → …\/svc\/service-b\.$/,
    );
    expect(allowed && rateWords(allowed)).toBe("no calls");
    expect(allowed && edgeSentence(allowed)).toContain("Allowed.");
  });
});

describe("a rotation of the mesh's root", () => {
  test("is done when every leaf leads to a root that was not active before", async () => {
    const lab = fakeLab("nomad and connect");
    const mesh = lab.mesh();
    const before = mesh.ca.roots[0]?.id ?? null;
    expect(progress(mesh, before)).toBeNull();
    await lab.control.rotateMeshRoot();
    expect(progress(mesh, before)).toEqual({ moved: 0, leaves: 2, done: false });
    lab.renewLeaf("a-mesh");
    expect(progress(mesh, before)).toEqual({ moved: 1, leaves: 2, done: false });
    const [, silent] = mesh.sidecars;
    if (silent) silent.certificate = null;
    expect(progress(mesh, before)).toEqual({ moved: 1, leaves: 2, done: false });
    lab.renewLeaf("b-mesh");
    expect(progress(mesh, before)).toEqual({ moved: 2, leaves: 2, done: true });
  });

  test("leaves the old root trusted for a while: by the time of day when that is near, by the date otherwise", () => {
    const root = { id: "aa:bb:cc", name: "a root", active: false };
    const now = Date.UTC(2026, 10, 22, 12);
    expect(rootState({ ...root, notAfter: now + 3_600_000 }, now)).toMatch(/^trusted until \d\d:\d\d:\d\d$/);
    expect(rootState({ ...root, notAfter: now + 40 * 24 * 3_600_000 }, now)).toBe("trusted until 1 Jan 2027");
    expect(rootState({ ...root, active: true, notAfter: now }, now)).toBe("active: it signs");
  });

  test("is marked in the chart among the leaves, in the order of time", () => {
    const swap = (at: number, instance: string) => ({ at, instance, serial: "aa", generation: null });
    const found = marks([swap(1_000, "b-1"), swap(6_000, "b-mesh"), swap(7_000, "a-mesh")], [{ at: 5_000, root: "r" }]);
    expect(found).toEqual([
      { at: 1, label: "b-1", root: false },
      { at: 5, label: "new root", root: true },
      { at: 6, label: "a-mesh b-mesh", root: false },
    ]);
  });
});

describe("labels in the chart", () => {
  const line = (x: number, first = false) => ({ x, width: 40, first });
  test("stand in the middle of their line while there is room", () => {
    expect(labelPlaces([line(100), line(200)], 300)).toEqual([80, 180]);
  });

  test("a root's goes first; those beside it begin or end at their line, or give way", () => {
    expect(labelPlaces([line(95), line(100, true), line(130), line(131)], 300)).toEqual([null, 80, 130, null]);
    expect(labelPlaces([line(60), line(100, true)], 300)).toEqual([20, 80]);
  });

  test("never reach beyond the edge", () => {
    expect(labelPlaces([line(295)], 300)).toEqual([260]);
    expect(labelPlaces([line(240, true), line(295)], 300)).toEqual([220, null]);
  });
});

describe("the clusters", () => {
  test("show who leads, who is gone, and who takes no new allocations", () => {
    const found = members({
      consul: {
        leader: "server-2",
        servers: [
          { name: "server-1", alive: false, leader: true },
          { name: "server-2", alive: true, leader: true },
        ],
      },
      nomad: {
        leader: null,
        nodes: [
          { name: "nomad-1", status: "ready", eligible: false },
          { name: "nomad-2", status: "down", eligible: true },
        ],
      },
      firewall: null,
    });
    expect(found.consul).toMatchObject([
      { short: "1", tone: "bad", leads: false, whole: "server-1: gone" },
      { short: "2", tone: "good", leads: true, whole: "server-2: alive, the leader" },
    ]);
    expect(found.nomad).toMatchObject([
      { short: "1", tone: "warn", whole: "nomad-1: ready, takes no new allocations" },
      { short: "2", tone: "bad", whole: "nomad-2: down" },
    ]);
    expect(members({ consul: null, nomad: null, firewall: null })).toEqual({ consul: [], nomad: [], cts: [] });
  });
});
