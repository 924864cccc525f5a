/** Who a packet comes from or goes to. `cidrs`: of IPv4. */
export type RuleEnd = { cidrs: string[] } | { service: string };

/** What may pass, as nomad/firewall/README.md has it. */
export interface FirewallRule {
  from: RuleEnd;
  to: RuleEnd;
  protocol: "tcp" | "udp";
  ports: { first: number; last: number };
}

/** Addresses of the named services' instances, by name. */
export type ServiceAddresses = Record<string, string[]>;
