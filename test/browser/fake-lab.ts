import { randomBytes } from "node:crypto";
import type { CaseName, CaseReport } from "../../lab/cases/report.ts";
import type { LabControl } from "../../lab/console/lab-routes.ts";
import type { LabStatus } from "../../lab/status.ts";
import type { TrafficSample } from "../../lab/traffic-count.ts";

const LEAF_MS = 120_000;
const MESH_LEAF_MS = 3_600_000;
const TRUST_DOMAIN = "5b1f2c9e-77aa-0d41-9c52-8e0f6a1d3b7c.consul";

type Status = LabStatus;
type Mesh = NonNullable<Status["mesh"]>;
type Sidecar = Mesh["sidecars"][number];

/** A lab that runs nowhere, for pictures and clicks: what it says is what a test made of it. */
export interface FakeLab {
  control: LabControl;
  /** As the console will be told next. */
  status: Status;
  /** Its mesh; throws in a lab without one. */
  mesh(): Mesh;
  /** Sets what the mesh decides about calls from one service to the other. */
  intend(action: "allow" | "deny", source: string, destination: string): void;
  /** A sidecar takes a new leaf, from the root that is active now. */
  renewLeaf(instance: string): void;
  /** What the next case shows, under its own name; none can be run before. */
  report: CaseReport | null;
  /** The cases that were run, in their order. */
  ran: CaseName[];
}

/** The default profile, or Nomad's jobs with the mesh beside them. */
export function fakeLab(profile: "default" | "nomad and connect", now = Date.now()): FakeLab {
  const status = profile === "default" ? defaultStatus(now) : meshStatus(now);
  const counts = new Map<string, { ok: number; failed: number }>();
  let counted = now;

  function count(at: number): void {
    const seconds = (at - counted) / 1000;
    counted = at;
    for (const { name, perSecond } of sources(status)) {
      const { ok, failed } = counts.get(name) ?? { ok: 0, failed: 0 };
      const refused = isRefused(status.mesh, name);
      const sent = seconds * perSecond;
      counts.set(name, { ok: ok + (refused ? 0 : sent), failed: failed + (refused ? sent : 0) });
    }
  }

  async function traffic(): Promise<TrafficSample> {
    const at = Date.now();
    count(at);
    const idle = { ok: 0, failed: 0, causes: {} };
    return {
      at,
      ok: 0,
      failed: 0,
      causes: {},
      rotations: 0,
      sources: sources(status).map(({ name }) => {
        const { ok = 0, failed = 0 } = counts.get(name) ?? {};
        const causes: Record<string, number> = failed > 0 ? { HTTP_503: Math.round(failed) } : {};
        return { name, count: { fresh: { ok: Math.round(ok), failed: Math.round(failed), causes }, kept: idle } };
      }),
    };
  }

  const mesh = () => {
    if (status.mesh === null) throw new Error("this lab has no mesh");
    return status.mesh;
  };
  const lab: FakeLab = {
    status,
    mesh,
    report: null,
    ran: [],
    control: {
      status: async () => status,
      traffic,
      runCase: async (name) => {
        if (lab.report === null) throw new Error("this lab runs no case");
        lab.ran.push(name);
        return { ...lab.report, name };
      },
      rotateMeshRoot: async () => {
        const { ca } = mesh();
        const replaced = ca.roots.map((root) => ({ ...root, active: false, notAfter: Date.now() + MESH_LEAF_MS }));
        ca.roots = [...replaced, root(Date.now())];
      },
    },
    intend(action, source, destination) {
      const others = mesh().intentions.filter((one) => one.source !== source || one.destination !== destination);
      mesh().intentions = [...others, { source, destination, action }];
    },
    renewLeaf(instance) {
      const active = mesh().ca.roots.find((one) => one.active);
      for (const sidecar of mesh().sidecars)
        if (sidecar.instance === instance) sidecar.certificate = leaf(sidecar.service, active?.id ?? "", Date.now());
    },
  };
  return lab;
}

/** From outside ten a second to each instance of service-a; between the services eight by each instance. */
function sources({ instances, mesh }: Status): { name: string; perSecond: number }[] {
  return [
    { name: "outside", perSecond: 10 * instances.filter(({ service }) => service === "service-a").length },
    ...[...instances, ...(mesh?.sidecars ?? [])].map(({ instance }) => ({ name: instance, perSecond: 8 })),
  ];
}

function isRefused(mesh: Status["mesh"], caller: string): boolean {
  const source = mesh?.sidecars.find(({ instance }) => instance === caller)?.service;
  return mesh?.intentions.some((one) => one.source === source && one.action === "deny") ?? false;
}

const serial = () => (randomBytes(20).toString("hex").match(/../g) ?? []).join(":");
const passing = (output: string) => ({ status: "passing" as const, output });

function instance(service: string, name: string, index: number, now: number): Status["instances"][number] {
  return {
    service,
    instance: name,
    host: "127.0.0.1",
    port: 19_000 + index,
    serverName: `${service}.example.com`,
    serial: serial(),
    generation: index < 2 ? "g0" : "r-fki2zumu",
    notBefore: now - 30_000,
    notAfter: now + LEAF_MS - 17_000 * index,
    problem: null,
    allocation: null,
    check: null,
  };
}

function defaultStatus(now: number): Status {
  const names = [
    ["service-a", "a-1"],
    ["service-a", "a-2"],
    ["service-b", "b-1"],
    ["service-b", "b-2"],
  ] as const;
  return {
    ready: true,
    startedAt: now,
    urls: { vault: "", bot: "", slack: "", console: "" },
    profile: ["default"],
    children: children(14),
    instances: names.map(([service, name], index) => instance(service, name, index, now)),
    bot: { ready: true, renewals: 0, frozen: [] },
    slack: "stand-in",
    consul: null,
    nomad: null,
    mesh: null,
    firewall: null,
    problems: [],
  };
}

function meshStatus(now: number): Status {
  const names = [
    ["service-a", "a-0"],
    ["service-a", "a-1"],
    ["service-b", "b-0"],
    ["service-b", "b-1"],
  ] as const;
  const active = root(now);
  return {
    ...defaultStatus(now),
    profile: ["nomad", "connect"],
    children: children(13),
    instances: names.map(([service, name], index) => ({
      ...instance(service, name, index, now),
      allocation: allocation(index % 2),
      check: passing(`${name}: mTLS handshake with 127.0.0.1:${19_000 + index} and GET / answered 200 in 14 ms`),
    })),
    consul: {
      leader: "server-2",
      servers: [1, 2, 3].map((number) => ({ name: `server-${number}`, alive: true, leader: number === 2 })),
    },
    nomad: {
      leader: "127.0.0.1:4647",
      nodes: [1, 2].map((number) => ({ name: `nomad-${number}`, status: "ready", eligible: true })),
    },
    mesh: {
      ca: { provider: "vault", roots: [active] },
      sidecars: [sidecar("service-a", "a-mesh", active.id, now), sidecar("service-b", "b-mesh", active.id, now)],
      intentions: [
        { source: "service-a", destination: "service-b", action: "allow" },
        { source: "service-b", destination: "service-a", action: "allow" },
      ],
    },
  };
}

function sidecar(service: string, name: string, rootId: string, now: number): Sidecar {
  return {
    service,
    instance: name,
    certificate: leaf(service, rootId, now),
    problem: null,
    allocation: allocation(service === "service-a" ? 0 : 1),
    check: passing("TCP connect 127.0.0.1:19021: Success"),
  };
}

function leaf(service: string, rootId: string, now: number): NonNullable<Sidecar["certificate"]> {
  return {
    serial: serial(),
    spiffe: `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/${service}`,
    notBefore: now - 60_000,
    notAfter: now + MESH_LEAF_MS - 65_000,
    root: rootId,
  };
}

const root = (now: number) => ({
  id: serial(),
  name: "Vault CA Primary Cert",
  active: true,
  notAfter: now + 10 * 365 * 24 * MESH_LEAF_MS,
});

const allocation = (index: number) => ({
  id: `${randomBytes(4).toString("hex")}-7c1e-0b54-93d1-2f6a0e8c4b11`,
  node: `nomad-${index + 1}`,
});

const children = (count: number): Status["children"] =>
  Array.from({ length: count }, (_, index) => ({
    name: `child-${index}`,
    state: "up",
    pid: 4_000 + index,
    restarts: 0,
  }));
