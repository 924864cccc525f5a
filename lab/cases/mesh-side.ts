import type { X509Certificate } from "node:crypto";
import { certificatesOf } from "../stack/envoy-admin.ts";
import type { LabState, MeshInstance } from "../state.ts";
import { knock } from "./knock.ts";
import { otherAuthority } from "./other-authority.ts";
import type { CaseName, CaseReport } from "./report.ts";
import type { Stage } from "./script.ts";

const PAGE_MS = 10_000;

/** What the mesh lends to a case. */
export interface MeshProps {
  /** PEM of every root that the mesh trusts. */
  trust(): Promise<string>;
}

type Report = NonNullable<CaseReport["mesh"]>;

/** `holds`: whether the mesh stood by what it promises. */
interface Shown extends Omit<Report, "prevented"> {
  prevented?: true;
  holds: boolean;
}

interface Scene {
  /** The instances of the mesh: who calls, and who is called. */
  caller: MeshInstance;
  called: MeshInstance;
  trust: string;
  curl: Stage["curl"];
}

/** What the same case comes to in the mesh, seen by doing it there; null where there is no mesh. */
export async function meshSide(
  name: CaseName,
  { state, mesh, curl }: { state: Pick<LabState, "mesh">; mesh: MeshProps | null; curl: Stage["curl"] },
): Promise<{ report: Report | null; holds: boolean }> {
  const of = (service: string) => state.mesh.find((instance) => instance.service === service);
  const [caller, called] = [of("service-a"), of("service-b")];
  if (mesh === null || caller === undefined || called === undefined) return { report: null, holds: true };
  try {
    const {
      holds,
      prevented = false,
      said,
      cause,
    } = await shows[name]({ caller, called, trust: await mesh.trust(), curl });
    return { report: { prevented, said, cause }, holds };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      report: { prevented: false, said, cause: "The mesh does not answer: npm run lab -- status" },
      holds: false,
    };
  }
}

const shows: Record<CaseName, (scene: Scene) => Promise<Shown>> = {
  normal: async ({ caller, called }) => ({
    said: [await pageOf(caller), await identityOf(caller), await identityOf(called)].join("\n"),
    cause:
      "The app spoke plain HTTP on this machine. Its sidecar and service-b's did the rest, with identities from Consul.",
    holds: true,
  }),
  "no-client-cert": async ({ called, trust }) => ({
    ...(await stranger(called, "without a certificate", { trust })),
    cause: "The app has no certificate to forget: its sidecar shows one in every call. Who goes past it is refused.",
  }),
  "no-ca": async ({ called }) => ({
    ...(await stranger(called, "that does not know the mesh's root", {})),
    cause:
      "The app has no CA to forget: Consul gives every sidecar the mesh's roots. Who goes past it cannot verify service-b.",
  }),
  "expired-a": ({ caller }) => notExpired(caller),
  "expired-b": ({ called }) => notExpired(called),
  "different-ca": async ({ called, trust }) => {
    const { identityPem } = await otherAuthority(called.service, Date.now());
    return {
      ...(await stranger(called, "with a certificate of another CA", { trust, identity: identityPem })),
      cause:
        "Every sidecar gets its leaf and its roots from one place, Consul: none has another CA. Who brings one is refused.",
    };
  },
  "curl-insecure": async ({ called, curl }) => {
    const args = ["--insecure", `https://${called.host}:${called.sidecarPort}/`];
    const { said } = await curl(args);
    return {
      said: `curl ${args.join(" ")}\n${said}`,
      cause:
        "--insecure only stops curl from verifying. service-b's sidecar requires a certificate of the mesh all the same.",
      holds: said.startsWith("curl: ("),
    };
  },
};

async function stranger(called: MeshInstance, kind: string, how: Parameters<typeof knock>[1]) {
  const { letIn, said } = await knock(called, how);
  const { service, host, sidecarPort } = called;
  return { said: `A client ${kind} called ${service}'s sidecar at ${host}:${sidecarPort}: ${said}`, holds: !letIn };
}

async function notExpired(instance: MeshInstance): Promise<Shown> {
  const leaf = await leafOf(instance);
  return {
    prevented: true,
    said: await identityOf(instance),
    cause:
      "Consul issues the leaf and gives it to Envoy before the last one ends: there is no file to forget, no agent of the service's own, and nothing to reload.",
    holds: leaf !== null && leaf.validToDate.getTime() > Date.now(),
  };
}

async function pageOf({ host, port }: MeshInstance): Promise<string> {
  const answer = await fetch(`http://${host}:${port}/w-mtls`, { signal: AbortSignal.timeout(PAGE_MS) });
  return (await answer.text()).trim();
}

async function identityOf(instance: MeshInstance): Promise<string> {
  const leaf = await leafOf(instance);
  const whose = `${instance.service}'s sidecar`;
  if (leaf === null) return `${whose} does not answer.`;
  return `${whose} shows ${leaf.subjectAltName?.replace("URI:", "")}, valid until ${leaf.validToDate.toISOString()}.`;
}

async function leafOf({ envoyAdminPort }: MeshInstance): Promise<X509Certificate | null> {
  return certificatesOf(envoyAdminPort).then(
    ([leaf]) => leaf ?? null,
    () => null,
  );
}
