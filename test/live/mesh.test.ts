import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knock } from "../../lab/cases/knock.ts";
import { type CaseName, caseNames } from "../../lab/cases/report.ts";
import { eventually } from "../../lab/eventually.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import { readRoots } from "../../lab/mesh-roots.ts";
import { seedMesh } from "../../lab/mesh-seeds.ts";
import type { ConsulCluster } from "../../lab/stack/consul.ts";
import { leftovers } from "../../lab/sweep.ts";
import { Capture, missingCapture } from "../support/capture.ts";
import { labCommand, labFolder } from "../support/lab-process.ts";
import { loadOf } from "../support/load.ts";
import { inMesh, intend, pageOf, statOf } from "../support/mesh-lab.ts";
import { missingCurl } from "../support/missing.ts";

/** How long a denied call may still be answered. */
const DENIED_MS = 2_000;
/** Consul spreads the renewal of leaves over half a minute when the root changes. */
const FOLLOWED_MS = 45_000;

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: Lab;

beforeAll(async () => {
  folder = await labFolder();
  lab = await startLab({ dir: folder.dir, ports: "free", connect: "vault" });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(20_000);
const upstreamOf = (name: string) => `http://127.0.0.1:${inMesh(lab, name).upstreamPort}`;

test("the lab comes up with a mesh that is well: two sidecars with leaves of one root, and calls allowed by the files", async () => {
  const { problems, mesh } = await lab.control.status();
  expect(problems).toEqual([]);
  expect(mesh?.ca).toEqual({ provider: "vault", roots: [expect.objectContaining({ active: true })] });
  const root = mesh?.ca.roots[0]?.id;
  for (const [index, service] of ["service-a", "service-b"].entries()) {
    expect(mesh?.sidecars[index]).toMatchObject({
      service,
      problem: null,
      check: { status: "passing" },
      certificate: { root, spiffe: expect.stringMatching(new RegExp(`^spiffe://.+/svc/${service}$`)) },
    });
  }
  expect(mesh?.intentions).toHaveLength(2);
  expect(mesh?.intentions).toEqual(
    expect.arrayContaining([
      { source: "service-a", destination: "service-b", action: "allow" },
      { source: "service-b", destination: "service-a", action: "allow" },
    ]),
  );
});

describe("service-a calls service-b through the sidecars", () => {
  test("and the page tells so, in the words of the other way to serve it", async () => {
    expect(await pageOf(inMesh(lab, "a-mesh"))).toMatch(
      /^service-a called service-b at 127.0.0.1:\d+ in plain HTTP: .*\nOutcome: answered\nRefused by: nobody\nservice-b says: Hello from "service-b"\n$/,
    );
    expect(await pageOf(inMesh(lab, "b-mesh"))).toMatch(/^service-b called service-a [^]*\nOutcome: answered\n/);
  });

  test("steadily, and nothing fails: counted as the others are", async () => {
    const counted = async () => {
      const { sources } = await lab.control.traffic();
      const found = sources.filter(({ name }) => name.endsWith("-mesh")).map(({ count }) => count);
      return found.length === 2 && found.every((count) => count !== null && count.fresh.ok > 10 && count.kept.ok > 10)
        ? found
        : null;
    };
    for (const count of await eventually("the mesh's traffic", counted, soon())) {
      expect([count?.fresh.causes, count?.kept.causes]).toEqual([{}, {}]);
    }
  });

  test("what cannot be left out is said to be the sidecar's", async () => {
    expect(await pageOf(inMesh(lab, "a-mesh"), "/wo-cert-mtls")).toMatch(
      /no certificate to leave out: its sidecar holds one/,
    );
    expect(await pageOf(inMesh(lab, "a-mesh"), "/wo-ca-mtls")).toMatch(
      /no CA to leave out: its sidecar gets the mesh's roots/,
    );
  });
});

describe("the app in the mesh is free of TLS", () => {
  test("its port does not speak it, and it has no key, certificate or CA", async () => {
    const { port, adminPort } = inMesh(lab, "b-mesh");
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    const failed = await new Promise<NodeJS.ErrnoException>((done) => socket.once("error", done));
    expect(failed.code).toMatch(/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/);
    const health = (await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json()) as { pid: number };
    expect(health).toMatchObject({ status: "ok", way: "plain", identity: null, problem: null });
    const environment = await readFile(`/proc/${health.pid}/environ`, "utf8");
    expect(environment).toContain("SERVE=plain");
    expect(environment).not.toMatch(/\.pem|IDENTITY_FILE|CA_FILE/);
  });

  test("it and its sidecar listen on loopback alone", async () => {
    for (const { port, adminPort, sidecarPort, envoyAdminPort, upstreamPort } of lab.state.mesh) {
      for (const one of [port, adminPort, sidecarPort, envoyAdminPort, upstreamPort]) {
        expect(await listeningOn(one)).toEqual(["127.0.0.1"]);
      }
    }
  });

  test("the sidecars' tokens stand in no argument list", async () => {
    const tokens = Object.values(consul().tokens.sidecars);
    expect(tokens).toHaveLength(2);
    for (const name of ["sidecar a-mesh", "sidecar b-mesh"]) {
      const line = await readFile(`/proc/${pidOf(name)}/cmdline`, "utf8");
      expect(line).toContain("envoy");
      for (const token of tokens) expect(line).not.toContain(token);
    }
  });
});

test("a capture of the wire between the sidecars shows nothing in clear, and one of the app's own hop shows all", async ({
  skip,
}) => {
  if (missingCapture) skip(missingCapture);
  const marker = `marker-${randomBytes(8).toString("hex")}`;
  await using wire = await Capture.start(inMesh(lab, "b-mesh").sidecarPort);
  await using hop = await Capture.start(inMesh(lab, "b-mesh").port);
  const sent = 20;
  for (let turn = 0; turn < sent; turn += 1) {
    expect((await ask(`${upstreamOf("a-mesh")}/?${marker}`, marker)).status).toBe(200);
  }
  await eventually("the app's hop to be captured", async () => hop.count(marker) >= 2 * sent || null, soon());
  // TLS application data came by, as often at least as there were requests: the wire was not silent.
  const record = Buffer.from([0x17, 0x03, 0x03]);
  await eventually("the wire to be captured", async () => wire.count(record) >= sent || null, soon());
  expect(wire.count(marker)).toBe(0);
  expect(wire.count("Hello from")).toBe(0);
  expect(hop.count("Hello from")).toBeGreaterThanOrEqual(sent);
});

describe("intentions", () => {
  test("without one nobody may call: the page says who refused, why, and what mends it", async () => {
    await intend(lab, {});
    const refused = async () => {
      const page = await pageOf(inMesh(lab, "a-mesh"));
      return page.includes("Outcome: refused") ? page : null;
    };
    expect(await eventually("the refusal", refused, AbortSignal.timeout(DENIED_MS), 20)).toMatch(
      /\nOutcome: refused\nRefused by: service-b's sidecar\nCause: no intention allows service-a to call service-b, or one denies it \(HTTP 403: RBAC: access denied\)\nFix: .*\/mesh allow service-a service-b/,
    );
    // The other direction has an intention of its own.
    expect(await pageOf(inMesh(lab, "b-mesh"))).toContain("Outcome: answered");
  });

  test("a denial refuses the next call within two seconds, over connections kept alive too, and deleting it restores", async () => {
    await using kept = keptAlive();
    const answers = async (status: number, signal: AbortSignal) => {
      const both = async () => {
        const seen = await Promise.all([ask(upstreamOf("a-mesh")), ask(upstreamOf("a-mesh"), null, kept.agent)]);
        return seen.every((answer) => answer.status === status) ? status : null;
      };
      expect(await eventually(`answers with ${status}`, both, signal, 20)).toBe(status);
    };
    await intend(lab, { "*": "allow" });
    await answers(200, soon());
    await intend(lab, { "service-a": "deny", "*": "allow" });
    await answers(403, AbortSignal.timeout(DENIED_MS));
    await intend(lab, { "*": "allow" });
    await answers(200, soon());
  });

  test("what was approved is the truth: the files are not read into a mesh that has rules", async () => {
    const before = await intentions();
    expect(before).toContainEqual({ source: "*", destination: "service-b", action: "allow" });
    expect(await seedMesh(consul().ask)).toBe(false);
    expect(await intentions()).toEqual(before);
    await intend(lab, { "service-a": "allow" });
  });
});

describe("the seven cases in the mesh", () => {
  const shown: Record<CaseName, { prevented: boolean; said: RegExp }> = {
    normal: {
      prevented: false,
      said: /Outcome: answered[^]*service-a's sidecar shows spiffe:[^]*service-b's sidecar shows/,
    },
    "no-client-cert": { prevented: false, said: /at 127.0.0.1:\d+: refused: .*CERTIFICATE_REQUIRED/ },
    "no-ca": { prevented: false, said: /that does not know the mesh's root called .*: refused: .*(LOCALLY|IN_CHAIN)/ },
    "expired-a": { prevented: true, said: /^service-a's sidecar shows spiffe:.*, valid until / },
    "expired-b": { prevented: true, said: /^service-b's sidecar shows spiffe:.*, valid until / },
    "different-ca": { prevented: false, said: /with a certificate of another CA called .*: refused: .*UNKNOWN_CA/ },
    "curl-insecure": { prevented: false, said: /^curl --insecure .*\ncurl: \(\d+\)/ },
  };

  test.for(caseNames)("%s is shown there too, or said to be prevented", { timeout: 60_000 }, async (name, { skip }) => {
    if (name === "curl-insecure" && missingCurl) skip(missingCurl);
    const report = await lab.control.runCase(name);
    expect(report).toMatchObject({ name, expected: true, restored: true, mesh: { prevented: shown[name].prevented } });
    expect(report.mesh?.said).toMatch(shown[name].said);
    expect(report.mesh?.cause).toMatch(/^.{30,}\.$/);
  });

  test("a stranger is let in by nobody; one with a leaf of the mesh would be", async () => {
    const trust = await trusted();
    expect(await knock(inMesh(lab, "b-mesh"), { trust })).toMatchObject({ letIn: false });
    const identity = await leafOf("service-a");
    expect(await knock(inMesh(lab, "b-mesh"), { trust, identity })).toEqual({
      letIn: true,
      said: "answered with HTTP 200",
    });
  });
});

test("a new root under load: nothing is lost, both are trusted meanwhile, and the new leaves lead to the new root", async () => {
  const before = await lab.control.status();
  const oldTrust = await trusted();
  const stop = new AbortController();
  const load = loadOf({ origin: upstreamOf("a-mesh") }, 2, stop.signal);
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
  const identity = await leafOf("service-a");
  const newTrust = (await trusted()).replace(oldTrust.trim(), "");
  expect(newTrust.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  for (const trust of [newTrust, oldTrust]) {
    expect(await knock(inMesh(lab, "b-mesh"), { trust, identity })).toMatchObject({ letIn: true });
  }
}, 90_000);

test("Consul's servers without a quorum, and its client killed: calls go on, and nothing is lost", async () => {
  const stop = new AbortController();
  const load = loadOf({ origin: upstreamOf("a-mesh") }, 2, stop.signal);
  const servers = lab.children().filter(({ name }) => name.startsWith("consul server-"));
  const client = lab.children().find(({ name }) => name === "consul client");
  const before = client?.pid;
  for (const server of servers.slice(1)) server.pause();
  process.kill(before ?? 0, "SIGKILL");
  await eventually("Consul to be without a leader", async () => ((await leader()) === null ? true : null), soon(), 100);
  expect(await pageOf(inMesh(lab, "a-mesh"))).toContain("Outcome: answered");
  for (const server of servers) server.resume();
  await eventually("Consul to have one again", leader, soon(), 100);
  const restarted = async () => (client?.state() === "up" && client.pid !== before ? true : null);
  await eventually("its client to be back", restarted, soon(), 100);
  await eventually("the mesh to be well again", async () => (await wellMesh()) || null, soon(), 100);
  stop.abort();
  const { fresh, kept } = await load;
  expect([fresh.failures, kept.failures]).toEqual([{}, {}]);
  expect(Math.min(fresh.requests, kept.requests)).toBeGreaterThan(100);
});

test("a sidecar that dies is started again, and calls go through it", async () => {
  const before = pidOf("sidecar b-mesh");
  process.kill(before, "SIGKILL");
  const back = async () => {
    const sidecar = lab.children().find(({ name }) => name === "sidecar b-mesh");
    const page = await pageOf(inMesh(lab, "a-mesh"));
    return sidecar?.state() === "up" && sidecar.pid !== before && page.includes("Outcome: answered") ? page : null;
  };
  await eventually("the sidecar to be back", back, soon(), 100);
  expect(await statOf(inMesh(lab, "b-mesh"), "^http.public_listener.downstream_rq_2xx$")).toBeGreaterThan(0);
});

test("every Envoy is found by who clears up after a supervisor that was killed", async () => {
  const pids = await leftovers(lab.state.dir);
  for (const name of ["sidecar a-mesh", "sidecar b-mesh", "a-mesh", "b-mesh"]) expect(pids).toContain(pidOf(name));
});

test("taken down, it leaves no Envoy, no Consul and no app", async () => {
  expect(await leftovers(lab.state.dir)).not.toEqual([]);
  await lab[Symbol.asyncDispose]();
  expect(await leftovers(lab.state.dir)).toEqual([]);
});

function keptAlive(): AsyncDisposable & { agent: Agent } {
  const agent = new Agent({ connections: 1 });
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}

async function ask(url: string, marker: string | null = null, dispatcher = new Agent({ pipelining: 0 })) {
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: marker === null ? {} : { "x-marker": marker },
  });
  return { status: statusCode, text: await body.text() };
}

function pidOf(name: string): number {
  const pid = lab.children().find((child) => child.name === name)?.pid;
  if (!pid) throw new Error(`${name} does not run`);
  return pid;
}

async function leader(): Promise<string | null> {
  return (await lab.control.status()).consul?.leader ?? null;
}

async function wellMesh(): Promise<boolean> {
  const { mesh } = await lab.control.status();
  return mesh?.sidecars.every(({ problem, check }) => problem === null && check?.status === "passing") ?? false;
}

async function intentions() {
  return (await lab.control.status()).mesh?.intentions ?? [];
}

/** PEM of the roots that Consul has the mesh trust now, oldest first. */
async function trusted(): Promise<string> {
  return (await readRoots(consul().ask)).map(({ certificate }) => certificate.toString()).join("\n");
}

/** A leaf of the mesh as a sidecar of that service gets it, key included. */
async function leafOf(service: string): Promise<string> {
  const leaf = (await consul().ask("GET", `/v1/agent/connect/ca/leaf/${service}`)) as Record<string, string>;
  return `${leaf["PrivateKeyPEM"]}${leaf["CertPEM"]}`;
}

function consul(): ConsulCluster {
  if (lab.consul === null) throw new Error("the lab has no Consul");
  return lab.consul;
}

/** The addresses on which anybody listens on that port, as the kernel lists them. */
async function listeningOn(port: number): Promise<string[]> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((table) => readFile(table, "utf8")));
  return tables
    .flatMap((table) => table.split("\n"))
    .flatMap((line) => {
      const [, address, found] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /.exec(line) ?? [];
      return address !== undefined && found === wanted ? [spelled(address)] : [];
    });
}

function spelled(hex: string): string {
  return hex.length === 8
    ? (hex.match(/../g) ?? [])
        .toReversed()
        .map((byte) => Number.parseInt(byte, 16))
        .join(".")
    : hex;
}
