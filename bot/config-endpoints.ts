import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigFile } from "./config-schema.ts";
import type { WatchedCatalog } from "./domain/catalog.ts";
import type { Endpoint } from "./domain/endpoint.ts";

type ServiceFile = ConfigFile["services"][string];

/** What the shape of a service alone cannot tell of where it is deployed and where its instances are. */
export function checkPlaces(file: ConfigFile, name: string, service: ServiceFile): ConfigProblem[] {
  const { endpoints, catalog, deployment } = service;
  const at = (...path: (string | number)[]) => ["services", name, ...path];
  const problems: ConfigProblem[] = [];
  if (endpoints === undefined && catalog === undefined) {
    problems.push({
      path: at(),
      sentence: "where are its instances? Expected endpoints, or a catalog that lists them",
    });
  }
  if (endpoints !== undefined && catalog !== undefined) {
    problems.push({ path: at("endpoints"), sentence: "its catalog lists them already, expected one of the two" });
  }
  if (catalog !== undefined && file[catalog.kind] === undefined) {
    problems.push({ path: at("catalog", "kind"), sentence: missing(catalog.kind) });
  }
  if (deployment.kind === "nomad" && file.nomad === undefined) {
    problems.push({ path: at("deployment", "kind"), sentence: missing("nomad") });
  }
  const names = (endpoints ?? []).map(({ instance }) => instance);
  for (const [index, instance] of names.entries()) {
    if (names.indexOf(instance) < index)
      problems.push({ path: at("endpoints", index, "instance"), sentence: `${instance} is listed twice` });
  }
  return problems;
}

/** Of what is only watched, and looked up in a catalog. */
export function checkCatalogs(file: ConfigFile): ConfigProblem[] {
  return file.catalogs.flatMap(({ kind }, index) =>
    file[kind] === undefined ? [{ path: ["catalogs", index, "kind"], sentence: missing(kind) }] : [],
  );
}

const missing = (kind: "consul" | "nomad") => `expected the section ${kind} beside services: its address and its token`;

/** By all that tells one from another. */
export function watchedCatalogsIn({ catalogs }: ConfigFile): Map<string, WatchedCatalog> {
  return new Map(
    catalogs.map(({ kind, service, tag, serverName, protocol }) => [
      [kind, service, tag, serverName].join(" "),
      { catalog: { kind, service, tag }, serverName, protocol, endpoints: [] },
    ]),
  );
}

/** None while they are a catalog's to list. */
export function endpointsIn(name: string, { endpoints = [] }: ServiceFile): Endpoint[] {
  return endpoints.map(({ instance, host, port, serverName, protocol, admin }) => ({
    id: `${name}/${instance}`,
    service: name,
    instance,
    host,
    port,
    serverName,
    protocol,
    admin: admin ?? null,
  }));
}

/** The log of the agent that renders an endpoint's identity, by endpoint id; `at` makes a path absolute. */
export function agentLogsIn(
  { services }: ConfigFile,
  at: (path: string) => string,
): { get(id: string): string | undefined } {
  const listed = Object.entries(services).flatMap(([name, { endpoints = [] }]) =>
    endpoints.flatMap(({ instance, agentLog }) => (agentLog ? [[`${name}/${instance}`, at(agentLog)] as const] : [])),
  );
  const files = new Map<string, string>(listed);
  return {
    get(id) {
      const [service = "", instance = ""] = id.split("/");
      const pattern = services[service]?.catalog?.agentLog;
      return files.get(id) ?? (pattern && at(pattern.replaceAll("{instance}", instance)));
    },
  };
}
