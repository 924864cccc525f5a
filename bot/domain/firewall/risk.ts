import { tellDuration } from "../duration.ts";
import { spanOf, tellCidr } from "./cidr.ts";
import type { FirewallPolicy } from "./policy.ts";
import { cidrsOf, type FirewallRule, type RuleEnd, type ServiceAddresses } from "./rule.ts";
import { covers, sizeOf } from "./span.ts";
import { zonesOf } from "./zones.ts";

/** What opening a rule would mean, for somebody who does not read rules. */
export interface Risk {
  level: "low" | "medium" | "high";
  /** Sentences; the first says who could reach what. */
  words: string[];
}

type Concern = Risk;

const low = (...words: string[]): Concern => ({ level: "low", words });
const medium = (...words: string[]): Concern => ({ level: "medium", words });
const high = (...words: string[]): Concern => ({ level: "high", words });

const levels = ["low", "medium", "high"] as const;

/** Ports whose services give more than an answer. */
const known: { port: number; gives: string; level: "medium" | "high" }[] = [
  { port: 21, gives: "FTP: passwords travel in the clear", level: "high" },
  { port: 22, gives: "SSH: a shell on that host", level: "high" },
  { port: 23, gives: "Telnet: a shell, its passwords in the clear", level: "high" },
  { port: 25, gives: "SMTP: mail can be sent through it", level: "medium" },
  { port: 53, gives: "DNS: also a way to carry data out", level: "medium" },
  { port: 80, gives: "plain HTTP: whoever is on the way can read along", level: "medium" },
  { port: 111, gives: "RPC's port mapper", level: "high" },
  { port: 389, gives: "plain LDAP: passwords in the clear", level: "medium" },
  { port: 445, gives: "SMB: files, and a well-worn way for worms", level: "high" },
  { port: 1433, gives: "SQL Server: the data itself", level: "medium" },
  { port: 2049, gives: "NFS: files, by trust in addresses", level: "high" },
  { port: 2375, gives: "Docker without TLS: root on that host", level: "high" },
  { port: 2376, gives: "Docker: root on that host", level: "high" },
  { port: 3306, gives: "MySQL: the data itself", level: "medium" },
  { port: 3389, gives: "Remote Desktop: a screen on that host", level: "high" },
  { port: 4646, gives: "Nomad's API: jobs on every node", level: "high" },
  { port: 5432, gives: "PostgreSQL: the data itself", level: "medium" },
  { port: 5900, gives: "VNC: a screen on that host", level: "high" },
  { port: 6379, gives: "Redis: the data, often without a password", level: "high" },
  { port: 6443, gives: "Kubernetes' API", level: "high" },
  { port: 8200, gives: "Vault's API", level: "high" },
  { port: 8500, gives: "Consul's API", level: "high" },
  { port: 9200, gives: "Elasticsearch: the data, often without a password", level: "high" },
  { port: 27_017, gives: "MongoDB: the data itself", level: "medium" },
];

/** `until`: null is for good. `now`: epoch milliseconds. */
export function riskOf(
  policy: Pick<FirewallPolicy, "zones">,
  {
    rule,
    until,
    addresses,
    now,
  }: { rule: FirewallRule; until: number | null; addresses: ServiceAddresses; now: number },
): Risk {
  const concerns = [
    reach(policy, rule, addresses),
    strangers(policy, rule, addresses),
    width(rule, addresses),
    ports(rule),
    rule.protocol === "udp"
      ? medium("UDP has no handshake: that it is open shows in the router's counters alone, and senders can be forged.")
      : low(),
    until === null
      ? high("It has no end: it stays open until somebody removes it.")
      : until - now > 180 * dayMs
        ? medium(`It stays open for ${tellDuration(until - now)}.`)
        : low(),
  ];
  const worst = Math.max(...concerns.map(({ level }) => levels.indexOf(level)));
  return { level: levels[worst] ?? "high", words: concerns.flatMap(({ words }) => words) };
}

const dayMs = 86_400_000;

function reach(policy: Pick<FirewallPolicy, "zones">, rule: FirewallRule, addresses: ServiceAddresses): Concern {
  const told = (end: RuleEnd) => {
    const zones = zonesOf(policy, cidrsOf(end, addresses)).map(({ name }) => name);
    return `${tellSize(end, addresses)}, zone ${zones.join(" and ") || "unknown"})`;
  };
  return low(`${capital(told(rule.from))} could open connections to ${told(rule.to)}.`);
}

/** Private networks, RFC 1918. */
const own = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(spanOf);

function strangers(policy: Pick<FirewallPolicy, "zones">, rule: FirewallRule, addresses: ServiceAddresses): Concern {
  const [from, to] = [rule.from, rule.to].map((end) => {
    const cidrs = cidrsOf(end, addresses);
    const zone = zonesOf(policy, cidrs).find(({ untrusted }) => untrusted === true);
    if (zone !== undefined) return `the zone ${zone.name}, which is not trusted`;
    const open = cidrs.find((cidr) => !own.some((span) => covers(span, spanOf(cidr))));
    return open === undefined ? null : `${tellCidr(open)}, which is no private network`;
  });
  const concerns = [
    ...(from ? [high(`Other people could call: it comes from ${from}.`)] : []),
    ...(to ? [medium(`What is inside could be carried out: it leads to ${to}.`)] : []),
  ];
  return { level: concerns[0]?.level ?? "low", words: concerns.flatMap(({ words }) => words) };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function tellSize(end: RuleEnd, addresses: ServiceAddresses): string {
  const size = sizeOfEnd(end, addresses);
  const many = size === 1 ? "one address" : `${size} addresses`;
  return "service" in end
    ? `every instance of ${end.service} (${many} now`
    : `${end.cidrs.map(tellCidr).join(", ")} (${many}`;
}

const sizeOfEnd = (end: RuleEnd, addresses: ServiceAddresses): number =>
  cidrsOf(end, addresses).reduce((sum, cidr) => sum + sizeOf(spanOf(cidr)), 0);

/** A whole network is also whatever is put into it later. */
const wide = 16;
const veryWide = 1_024;

function width(rule: FirewallRule, addresses: ServiceAddresses): Concern {
  const widest = Math.max(...[rule.from, rule.to].map((end) => ("cidrs" in end ? sizeOfEnd(end, addresses) : 0)));
  if (widest < wide) return low();
  const words = "Whatever gets an address in that network later is let through as well.";
  return widest < veryWide ? medium(words) : high(words);
}

function ports({ protocol, ports: span }: FirewallRule): Concern {
  const meant = known.filter(
    ({ port }) => span.first <= port && port <= span.last && (protocol === "tcp" || port === 53),
  );
  const told = meant.map(({ port, gives }) => `Port ${port} is usually ${gives}.`);
  const many = sizeOf(span) > 1 ? [`${sizeOf(span)} ports open at once, also those that nothing listens on yet.`] : [];
  const worst = meant.some(({ level }) => level === "high") ? high : meant.length > 0 || many.length > 0 ? medium : low;
  return worst(...told, ...many);
}
