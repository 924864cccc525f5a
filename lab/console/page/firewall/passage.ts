import type { FirewallStatus, RoutedRule, ZonedStatus } from "../wire/status-types.ts";

/** The call of service-a to service-b across the router: how it went, and whether a rule lets it through. */
export interface Passage {
  from: ZonedStatus;
  /** null where nothing of the lab serves at the address that was called. */
  to: ZonedStatus | null;
  /** host:port. */
  target: string;
  /** The host that has the address; null where none does. */
  on: string | null;
  /** `closed`: failed, and no rule lets it through. `failed`: for another reason than the router. */
  state: "open" | "closed" | "failed";
  /** In the caller's words; null when it was answered. */
  cause: string | null;
  rule: RoutedRule | null;
}

/** null until it was heard of. */
export function passage({ hosts, services, calls, router }: FirewallStatus): Passage | null {
  const [call] = calls;
  const from = services.find(({ instance }) => instance === call?.from);
  if (call === undefined || from === undefined) return null;
  const [address = "", port = ""] = call.to.split(":");
  const source = hosts.find(({ name }) => name === from.on)?.addresses[0] ?? from.address;
  const way = { from: source, to: address, port: Number(port) };
  const rule = router.rules?.find((one) => lets(one, way)) ?? null;
  const isClosed = router.rules !== null && rule === null;
  return {
    from,
    to: services.find((one) => one.address === address && one.servesAt === Number(port)) ?? null,
    target: call.to,
    on: hosts.find(({ addresses }) => addresses.includes(address))?.name ?? null,
    state: call.outcome === "open" ? "open" : isClosed ? "closed" : "failed",
    cause: call.cause,
    rule,
  };
}

function lets({ protocol, from, to, ports }: RoutedRule, way: { from: string; to: string; port: number }): boolean {
  return (
    protocol === "tcp" &&
    ports.first <= way.port &&
    way.port <= ports.last &&
    from.addresses.some((network) => covers(network, way.from)) &&
    to.addresses.some((network) => covers(network, way.to))
  );
}

/** `network`: an address, or with a length behind a slash. */
export function covers(network: string, address: string): boolean {
  const [base = "", length = "32"] = network.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}

const numberOf = (address: string): number => address.split(".").reduce((total, part) => total * 256 + Number(part), 0);
