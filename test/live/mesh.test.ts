import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import { leftovers } from "../../lab/sweep.ts";
import { missingCapture } from "../support/capture.ts";
import { pidOf } from "../support/child-of.ts";
import { labFolder } from "../support/lab-process.ts";
import { consulOf, inMesh, pageOf, troublesOf } from "../support/mesh-lab.ts";
import { overheard } from "../support/overheard.ts";
import { listeningOn } from "../support/sockets.ts";

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: Lab;
/** The processes that began after each line of the start, and before the next one. */
const beganUnder: Record<string, string[]> = {};
let said = "";

function says(next: string): void {
  const logs = join(folder.dir, "logs");
  const begun = existsSync(logs) ? readdirSync(logs).map((name) => name.replace(/\.log$/, "")) : [];
  // What the lab itself notes of them is no process.
  const told = Object.values(beganUnder).flat();
  beganUnder[said] = begun.filter((name) => name !== "supervisor" && !told.includes(name)).toSorted();
  said = next;
}

beforeAll(async () => {
  // That nothing is lost says more of many calls than of few.
  process.env["CERTOPS_TRAFFIC"] = "8";
  folder = await labFolder();
  lab = await startLab({ dir: folder.dir, ports: "free", connect: "vault", onProgress: says });
  says("");
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(20_000);

test("each process of a start begins under a line that names it", () => {
  const {
    "Starting Consul": consul,
    "Starting the services, the bot and the Slack stand-in": rest,
    ...others
  } = beganUnder;
  expect(Object.entries(others).filter(([, processes]) => processes.length > 0)).toEqual([
    ["Making the root, starting Vault", ["vault"]],
  ]);
  expect(consul).toEqual(["consul-client", "consul-server-1", "consul-server-2", "consul-server-3"]);
  expect(rest).toEqual(
    ["a-1", "a-2", "b-1", "b-2", "a-mesh", "b-mesh", "sidecar-a-mesh", "sidecar-b-mesh"]
      .concat(["slack", "bot", "traffic"])
      .toSorted(),
  );
});

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
    const found = await eventually("the mesh's traffic", counted, soon());
    const causes = found.flatMap((count) => [count?.fresh.causes, count?.kept.causes]);
    const lost = causes.some((one) => Object.keys(one ?? {}).length > 0);
    const sidecars = ["a-mesh", "b-mesh"].map((name) => inMesh(lab, name));
    const told = lost ? await Promise.all(sidecars.map(troublesOf)) : [];
    expect({ causes, told }).toEqual({ causes: [{}, {}, {}, {}], told: [] });
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
        expect(await listeningOn(one)).toEqual(["0100007F"]);
      }
    }
  });

  test("the sidecars' tokens stand in no argument list", async () => {
    const tokens = Object.values(consulOf(lab).tokens.sidecars);
    expect(tokens).toHaveLength(2);
    for (const name of ["sidecar a-mesh", "sidecar b-mesh"]) {
      const line = await readFile(`/proc/${pidOf(lab, name)}/cmdline`, "utf8");
      expect(line).toContain("envoy");
      for (const token of tokens) expect(line).not.toContain(token);
    }
  });
});

test("a capture of the wire between the sidecars shows nothing in clear, and one of the app's own hop shows all", async ({
  skip,
}) => {
  if (missingCapture) skip(missingCapture);
  const calls = 20;
  const { wire, hop } = await overheard(inMesh(lab, "a-mesh"), inMesh(lab, "b-mesh"), calls);
  expect(wire).toMatchObject({ marker: 0, greeting: 0 });
  // It was not silent: TLS application data came by, as often at least as there were calls.
  expect(wire.records).toBeGreaterThanOrEqual(calls);
  expect(hop.marker).toBeGreaterThanOrEqual(2 * calls);
  expect(hop.greeting).toBeGreaterThanOrEqual(calls);
});

test("every Envoy is found by who clears up after a supervisor that was killed", async () => {
  const pids = await leftovers(lab.state.dir);
  for (const name of ["sidecar a-mesh", "sidecar b-mesh", "a-mesh", "b-mesh"]) expect(pids).toContain(pidOf(lab, name));
});

test("taken down, it leaves no Envoy, no Consul and no app", async () => {
  expect(await leftovers(lab.state.dir)).not.toEqual([]);
  await lab[Symbol.asyncDispose]();
  expect(await leftovers(lab.state.dir)).toEqual([]);
});
