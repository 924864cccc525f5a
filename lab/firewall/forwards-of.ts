import { join } from "node:path";
import { HOST } from "../ports.ts";
import type { LabState } from "../state.ts";
import type { Forward } from "./forward.ts";
import { addressesOf } from "./layout.ts";

/** The unix socket of that host's relay. */
export function relaySocket(dir: string, host: string): string {
  return join(dir, "firewall", `${host}.sock`);
}

/** What is spoken to from outside, each under the same number inside and out; save the services, which have a number of their own. */
export function forwardsOf({ dir, ports, firewall, instances, traffic }: LabState): Forward[] {
  const { consul } = ports;
  const inside = [
    ports.vault,
    ports.bot,
    ports.slack,
    ports.firewall.cts,
    traffic.adminPort,
    ...[...consul.servers, consul.client].map(({ https }) => https),
    ...instances.flatMap(({ port, adminPort }) => [port, adminPort]),
  ];
  return [
    ...inside.map((port) => onLoopback(dir, "management", port)),
    ...(firewall?.services ?? []).flatMap((service) => {
      const { on, port, servesAt, adminPort } = service;
      const relay = relaySocket(dir, on);
      const targets = addressesOf(on).map((address) => `${address}:${servesAt}`);
      return [onLoopback(dir, on, adminPort), { port, relay, targets, target: () => `${service.address}:${servesAt}` }];
    }),
  ];
}

function onLoopback(dir: string, host: string, port: number): Forward {
  const target = `${HOST}:${port}`;
  return { port, relay: relaySocket(dir, host), targets: [target], target: () => target };
}
