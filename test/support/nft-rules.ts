/** A rule as nomad/firewall puts it into the router's table, in the words of nft. */
export interface NftRule {
  id: string;
  from: string;
  /** An address, or `@service-<name>`. */
  to: string;
  ports: string;
}

/** What nomad/firewall/ruleset.nft.tftpl makes of rules and of one service, `service-b`, with those addresses. */
export function nftRules(rules: NftRule[], addresses: string[] = []): string {
  const lines = [
    "table inet certops",
    "chain inet certops forward { type filter hook forward priority filter; policy drop; }",
    "chain inet certops flows",
    "chain inet certops errors",
    "counter inet certops ended",
    "counter inet certops dropped",
    "set inet certops service-service-b { type ipv4_addr; }",
    ...addresses.map((address) => `element inet certops service-service-b { ${address} }`),
    ...rules.map(({ id }) => `counter inet certops rule-${id}`),
    ...rules.flatMap(({ id, from, to, ports }) => [
      `rule inet certops flows meta l4proto tcp ct original ip saddr ${from} ct original ip daddr ${to} ct original proto-dst ${ports} counter name rule-${id} accept`,
      `rule inet certops errors ct protocol tcp ct original ip saddr ${from} ct original ip daddr ${to} counter name rule-${id} accept`,
    ]),
    "rule inet certops forward ct state { new, established } jump flows",
    "rule inet certops forward ct state related meta l4proto icmp jump errors",
    "rule inet certops forward ct state established meta l4proto tcp counter name ended reject with tcp reset",
    "rule inet certops forward counter name dropped",
  ];
  return ["add table inet certops", "delete table inet certops", ...lines.map((line) => `add ${line}`), ""].join("\n");
}
