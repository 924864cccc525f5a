// A rule as it stands in Consul: nomad/firewall/README.md.

/** Networks (a host is a `/32`), or every instance of one service of the catalog. */
export type RuleEnd = { cidrs: string[] } | { service: string };

export interface FirewallRule {
  from: RuleEnd;
  to: RuleEnd;
  protocol: "tcp" | "udp";
  ports: { first: number; last: number };
}

/** Addresses of the instances of services, by the service's name. */
export type ServiceAddresses = Record<string, string[]>;

/** The services that a rule names: none, one or two. */
export function servicesIn({ from, to }: Pick<FirewallRule, "from" | "to">): string[] {
  return [...new Set([from, to].flatMap((end) => ("service" in end ? [end.service] : [])))];
}

/** Where packets of this end come from or go to: networks as they are, addresses as `/32`. */
export function cidrsOf(end: RuleEnd, addresses: ServiceAddresses): string[] {
  return "cidrs" in end ? end.cidrs : (addresses[end.service] ?? []).map((address) => `${address}/32`);
}

export const tellEnd = (end: RuleEnd): string => ("cidrs" in end ? end.cidrs.join(", ") : end.service);

export function tellPorts({ first, last }: FirewallRule["ports"]): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** `tcp from service-a to 10.81.3.0/24 port 8443-8444`, as a plan of Terraform says it too. */
export function tellRule({ protocol, from, to, ports }: FirewallRule): string {
  return `${protocol} from ${tellEnd(from)} to ${tellEnd(to)} port ${tellPorts(ports)}`;
}

/** As it is typed: `service-a 10.81.3.2,10.81.3.3 tcp/8443`. */
export function typedRule({ from, to, protocol, ports }: FirewallRule): string {
  const typed = (end: RuleEnd) =>
    "cidrs" in end ? end.cidrs.map((cidr) => cidr.replace(/\/32$/, "")).join(",") : end.service;
  return `${typed(from)} ${typed(to)} ${protocol}/${tellPorts(ports)}`;
}
