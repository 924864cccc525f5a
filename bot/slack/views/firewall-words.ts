import { tellCidr } from "../../domain/firewall/cidr.ts";
import type { FirewallRule, RuleEnd, ServiceAddresses } from "../../domain/firewall/rule.ts";
import { tellPorts, typedRule } from "../../domain/firewall/rule.ts";
import type { PacketPath, PacketSeen } from "../../domain/firewall/packet.ts";
import { code, list, plain, relative, time } from "./words.ts";

// How the bot writes rules, packets and times of the firewall.

/** `service-a → 10.0.0.5 tcp/8443`, without markup. */
export function tellFlow({ from, to, protocol, ports }: FirewallRule): string {
  return `${endName(from)} → ${endName(to)} ${protocol}/${tellPorts(ports)}`;
}

export const endName = (end: RuleEnd): string => ("service" in end ? end.service : end.cidrs.map(tellCidr).join(","));

/** What is typed to ask for it. */
export const requestCommand = (rule: FirewallRule): string => `/firewall request ${typedRule(rule)} <reason>`;

/** With where it is now. */
export function endField(end: RuleEnd, addresses: ServiceAddresses): string {
  if ("cidrs" in end) return list(end.cidrs.map(tellCidr), 8);
  const its = addresses[end.service] ?? [];
  return `${code(end.service)}\n${its.length === 0 ? "no instance" : list(its, 8)}`;
}

/** When a rule ends. Stands in messages, so it is absolute. */
export const endsAt = (until: number | null): string => (until === null ? "*never*" : time(until));

/** The same in an answer of now. */
export const endsIn = (until: number | null, now: number): string =>
  until === null ? "never" : `${relative(until, now)} · ${time(until)}`;

export const tellPath = ({ zone, address, port, protocol }: PacketPath): string =>
  `${code(zone)} to ${code(`${address}:${port}`)}${protocol === "udp" ? " by UDP" : ""}`;

/** What came of a connection that a prober tried. */
export function tellSeen(seen: PacketSeen): string {
  switch (seen.outcome) {
    case "open":
      return "open";
    case "refused":
      return "let through, and nothing listens";
    case "silent":
      return "closed";
    case "counted":
      return "let through, and counted by the rule";
    case "unknown":
      return `❔ not seen: ${plain(seen.why)}`;
  }
}

/** "this", "this, and that", "this, this, and that". */
export function inTurn(said: string[]): string {
  const last = said.at(-1) ?? "";
  return said.length < 2 ? last : `${said.slice(0, -1).join(", ")}, and ${last}`;
}
