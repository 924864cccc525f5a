import type { ConfigProblem } from "./config-problems.ts";
import { approvalBy, checkApproval } from "./config-approval.ts";
import type { ConfigFile } from "./config-schema.ts";
import type { CallProbe, MeshPolicy } from "./domain/mesh.ts";

type MeshFile = NonNullable<ConfigFile["mesh"]>;

/** What the shape of `mesh` alone cannot tell. */
export function checkMesh(file: ConfigFile): ConfigProblem[] {
  const { mesh, consul } = file;
  if (mesh === undefined) return [];
  const { services, probes } = mesh;
  return [
    ...(consul === undefined
      ? [{ path: ["mesh"], sentence: "its intentions are Consul's, expected the section consul beside it" }]
      : []),
    ...checkApproval(file, mesh.approval, ["mesh", "approval"]),
    ...services.flatMap((name, index) =>
      services.indexOf(name) < index
        ? [{ path: ["mesh", "services", index], sentence: `${name} is listed twice` }]
        : [],
    ),
    ...probes.flatMap((probe, index) =>
      checkProbe(services, probe).map((sentence) => ({ path: ["mesh", "probes", index], sentence })),
    ),
  ];
}

function checkProbe(services: string[], probe: MeshFile["probes"][number]): string[] {
  const { source, destination, url, tag, path } = probe;
  const strangers = [source, destination].filter((name) => !services.includes(name));
  const found = url === undefined ? tag !== undefined && path !== undefined : tag === undefined && path === undefined;
  return [
    ...strangers.map((name) => `${name} is not among mesh.services: ${services.join(", ")}`),
    ...(found ? [] : ["expected either the url of a page of the source, or the tag of its instances and a path"]),
  ];
}

/** null where the file has no mesh. */
export function meshPolicy(file: ConfigFile): MeshPolicy | null {
  if (file.mesh === undefined) return null;
  const { services, approval, probes } = file.mesh;
  return { services, approval: approvalBy(file, approval), probes: probes.map(probeOf) };
}

function probeOf({ source, destination, url, tag = "", path = "" }: MeshFile["probes"][number]): CallProbe {
  return url === undefined ? { source, destination, tag, path } : { source, destination, url };
}
