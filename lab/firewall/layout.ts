import { join } from "node:path";
import { HOST } from "../ports.ts";
import type { FirewallState, LabPorts, ZonedInstance } from "../state.ts";
import { hosts, networkOf } from "./zones.ts";

/** What service-a's instance calls, and where each stands at first. */
const layout = [
  { service: "service-a", instance: "a-app", on: "application", servesAt: 7443 },
  { service: "service-b", instance: "b-db", on: "database", servesAt: 8443 },
] as const;

/** The hosts and what is to run on them. */
export function layOutFirewall(dir: string, ports: LabPorts, { kind, version }: FirewallState["cts"]): FirewallState {
  return {
    hosts: hosts.map(({ name, zone, net, addresses }) => ({
      name,
      zone,
      network: networkOf(net),
      addresses,
      pid: null,
    })),
    router: { pid: null },
    services: layout.map((one) => zonedInstance(dir, ports, one)),
    cts: { kind, version },
  };
}

function zonedInstance(dir: string, ports: LabPorts, one: (typeof layout)[number]): ZonedInstance {
  const { service, instance, on, servesAt } = one;
  const own = ports.firewall.instances[instance];
  const [address] = addressesOf(on);
  if (own === undefined || address === undefined) throw new Error(`${instance} has no address`);
  return {
    service,
    instance,
    host: HOST,
    ...own,
    serverName: `${service}.example.com`,
    identityFile: join(dir, "instances", instance, "identity.pem"),
    runsIn: { kind: "process" },
    on,
    address,
    servesAt,
  };
}

export function addressesOf(host: string): string[] {
  return hosts.find(({ name }) => name === host)?.addresses ?? [];
}
