import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { eventually } from "./eventually.ts";
import { filesOf } from "./instance-files.ts";
import { HOST } from "./ports.ts";
import { steadyRate } from "./steady-rate.ts";
import type { LabInstance, LabPorts, LabState } from "./state.ts";
import type { ChildSpec } from "./supervise.ts";
import { trafficCount } from "./traffic-count.ts";

export const SERVICES_MAIN = join(import.meta.dirname, "../services/main.ts");
const ASK_MS = 3_000;
/** Requests that every instance sends to the other service each second. */
export const STEADY_PER_SECOND = 8;

const layout = [
  { service: "service-a", instances: ["a-1", "a-2"], clientCert: "optional" },
  { service: "service-b", instances: ["b-1", "b-2"], clientCert: "required" },
] as const;

const healthSchema = z.object({
  pid: z.number(),
  identity: z
    .object({
      serial: z.string(),
      fingerprint: z.string(),
      generation: z.string().nullable(),
      notBefore: z.number(),
      notAfter: z.number(),
    })
    .nullable(),
  problem: z.string().nullable(),
});

const refusalsSchema = z.object({
  refusals: z.array(
    z.object({
      at: z.number(),
      peerPort: z.number().nullable(),
      code: z.string(),
      cause: z.string(),
      fix: z.string(),
      certificate: z.object({ subject: z.string(), serial: z.string(), notAfter: z.number() }).nullable(),
    }),
  ),
});

const instanceTraffic = trafficCount.extend({ rotations: z.number() });

/** Where an instance tells of itself. */
export type Admin = Pick<LabInstance, "instance" | "host" | "adminPort">;
export type Refusal = z.infer<typeof refusalsSchema>["refusals"][number];
export type Health = z.infer<typeof healthSchema>;

/** Every instance that is a child of the supervisor, at its address. */
export function layOut(dir: string, ports: LabPorts): LabInstance[] {
  return layout.flatMap(({ service, instances }) =>
    instances.map((instance) => {
      const own = ports.instances[instance];
      if (own === undefined) throw new Error(`no port is set for ${instance}`);
      const identityFile = join(dir, "instances", instance, "identity.pem");
      return {
        service,
        instance,
        host: HOST,
        serverName: `${service}.example.com`,
        ...own,
        identityFile,
        runsIn: { kind: "process" },
      };
    }),
  );
}

/** How one instance is run: it calls the instances of the other service, steadily. */
export function serviceSpec(state: LabState, of: LabInstance): ChildSpec {
  const peers = state.instances.filter(({ service }) => service !== of.service);
  return mtlsSpec(state, of, {
    host: of.host,
    port: of.port,
    peerName: peers[0]?.serverName ?? "",
    calls: { PEERS: peers.map(({ host, port }) => `${host}:${port}`).join(","), STEADY: steadyRate(STEADY_PER_SECOND) },
  });
}

/** One instance that serves at `host` and `port`; `calls`: the variables that say whom it calls and how often. */
export function mtlsSpec(
  state: LabState,
  of: LabInstance,
  { host, port, peerName, calls }: { host: string; port: number; peerName: string; calls: Record<string, string> },
): ChildSpec {
  const files = filesOf(of);
  const clientCert = layout.find(({ service }) => service === of.service)?.clientCert ?? "required";
  return {
    name: of.instance,
    command: process.execPath,
    args: [SERVICES_MAIN],
    log: join(state.dir, "logs", `${of.instance}.log`),
    env: {
      SERVICE: of.service,
      INSTANCE: of.instance,
      HOST: host,
      PORT: String(port),
      ADMIN_PORT: String(of.adminPort),
      IDENTITY_FILE: files.identity,
      CA_FILE: files.ca,
      CRL_FILES: [state.files.rootCrl, files.crl].join(","),
      CLIENT_CERT: clientCert,
      SERVER_NAME: of.serverName,
      PEER_SERVER_NAME: peerName,
      ...calls,
    },
    ready: (signal) =>
      eventually(
        `${of.instance} serving`,
        async () => ((await health(of)).problem === null ? true : null),
        signal,
      ).then(() => {}),
  };
}

/** What an instance says of itself; rejects when it does not answer within three seconds. */
export async function health(of: Admin): Promise<Health> {
  return healthSchema.parse(await askAdmin(of, "/healthz"));
}

/** The handshakes it refused lately, oldest first. */
export async function refusals(of: Admin): Promise<Refusal[]> {
  return refusalsSchema.parse(await askAdmin(of, "/refusals")).refusals;
}

export async function traffic(of: Admin): Promise<z.infer<typeof instanceTraffic>> {
  return instanceTraffic.parse(await askAdmin(of, "/traffic"));
}

async function askAdmin({ instance, host, adminPort }: Admin, path: string): Promise<unknown> {
  try {
    const response = await fetch(`http://${host}:${adminPort}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
    return await response.json();
  } catch (cause) {
    throw new Problem("INSTANCE_SILENT", `${instance} does not answer.`, "See what ails it: npm run lab -- status", {
      cause,
    });
  }
}
