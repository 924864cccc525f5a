import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { eventually } from "./eventually.ts";
import { readRoots, replaceRoot, type Root, rootOf } from "./mesh-roots.ts";
import { serialOf } from "./serial.ts";
import type { Ask } from "./stack/consul-api.ts";
import type { ConsulCluster } from "./stack/consul.ts";
import { isOffered } from "./stack/consul-offered.ts";
import { certificatesOf } from "./stack/envoy-admin.ts";
import type { LabState, MeshInstance } from "./state.ts";

/** What can be seen of the mesh and done to it. */
export interface Mesh {
  /** Never rejects: what does not answer is told as it was last known, or as a problem. */
  status(): Promise<MeshStatus>;
  /**
   * Gives the mesh a new root; the old one is trusted beside it until its leaves are gone. Resolves when Consul has taken
   * it: the sidecars follow within half a minute, each in its own time.
   */
  rotateRoot(): Promise<void>;
  /** PEM of every root that it trusts now. */
  trust(): Promise<string>;
}

export interface MeshStatus {
  /** `notAfter` of a root that is no longer active: until when Consul has it trusted, at least. */
  ca: { provider: "vault" | "built-in"; roots: { id: string; name: string; active: boolean; notAfter: number }[] };
  sidecars: {
    service: string;
    instance: string;
    /** As Envoy's admin interface tells; null when it does not answer. `root`: the id of one in `ca`. */
    certificate: { serial: string; spiffe: string; notBefore: number; notAfter: number; root: string } | null;
    problem: string | null;
  }[];
  /** Those that allow or deny as a whole, and not by path or header. */
  intentions: { source: string; destination: string; action: "allow" | "deny" }[];
}

const OFFERED_MS = 60_000;
const LOOK_EVERY_MS = 200;

type Sidecar = MeshStatus["sidecars"][number];
type Intention = MeshStatus["intentions"][number];

const intentionsReply = z
  .array(z.object({ SourceName: z.string(), DestinationName: z.string(), Action: z.string().optional() }))
  .transform((found) =>
    found.flatMap(({ SourceName: source, DestinationName: destination, Action: action }): Intention[] =>
      action === "allow" || action === "deny" ? [{ source, destination, action }] : [],
    ),
  );

/** The mesh whose sidecars already run. Resolves when Consul's servers send callers to every one of them. */
export async function openMesh({ state, consul }: { state: LabState; consul: ConsulCluster }): Promise<Mesh> {
  const { ask, askBriefly, connectCa: provider } = consul;
  const offered = async () => {
    const each = await Promise.all(state.mesh.map((instance) => isOffered(ask, instance, "connect")));
    return each.every(Boolean) ? true : null;
  };
  await eventually(
    "Consul to offer every sidecar to the others",
    offered,
    AbortSignal.timeout(OFFERED_MS),
    LOOK_EVERY_MS,
  );
  let roots: Root[] = [];
  let intentions: Intention[] = [];
  return {
    async status() {
      [roots, intentions] = await Promise.all([
        readRoots(askBriefly).catch(() => roots),
        readIntentions(askBriefly).catch(() => intentions),
      ]);
      return {
        ca: { provider, roots: roots.map(({ id, name, active, notAfter }) => ({ id, name, active, notAfter })) },
        sidecars: await Promise.all(state.mesh.map((instance) => sidecarStatus(instance, roots))),
        intentions,
      };
    },
    async trust() {
      return (await readRoots(ask)).map(({ certificate }) => certificate.toString()).join("\n");
    },
    rotateRoot: () => replaceRoot(ask),
  };
}

async function readIntentions(ask: Ask): Promise<Intention[]> {
  // From whichever server answers: it is told too while they have no leader.
  return intentionsReply.parse(await ask("GET", "/v1/connect/intentions?stale"));
}

async function sidecarStatus({ service, instance, envoyAdminPort }: MeshInstance, roots: Root[]): Promise<Sidecar> {
  const chain = await certificatesOf(envoyAdminPort).catch(() => null);
  const [leaf, ...others] = chain ?? [];
  if (leaf === undefined) {
    const problem = chain === null ? "its sidecar does not answer" : "its sidecar has no certificate yet";
    return { service, instance, certificate: null, problem };
  }
  const notAfter = leaf.validToDate.getTime();
  const certificate = {
    serial: serialOf(leaf),
    spiffe: spiffeOf(leaf),
    notBefore: leaf.validFromDate.getTime(),
    notAfter,
    root: rootOf(leaf, others, roots)?.id ?? "",
  };
  return {
    service,
    instance,
    certificate,
    problem: notAfter < Date.now() ? "the certificate of its sidecar has expired" : null,
  };
}

function spiffeOf({ subjectAltName = "" }: X509Certificate): string {
  return /URI:(spiffe:[^,\s]+)/.exec(subjectAltName)?.[1] ?? "";
}
