import type { FirewallStatus, RoutedRule, ZonedStatus } from "../wire/status-types.ts";
import { duration } from "../instances/lifetime.ts";
import { lab } from "../wire/lab-feed.ts";
import type { Passage } from "./passage.ts";

type Host = FirewallStatus["hosts"][number];

/** What a host is, in sentences: read out on focus, and shown beneath the picture. */
export function hostWords({ name, zone, network, addresses }: Host, runs: ZonedStatus[], others: string[]): string {
  const serves = runs.map(serving);
  return [
    `${name}: the host in the zone ${zone}, ${network}, at ${addresses.join(" and ")}.`,
    ...serves,
    ...others,
    ...(serves.length + others.length === 0 ? ["Nothing of the lab runs on it but its prober."] : []),
  ].join(" ");
}

function serving({
  instance,
  address,
  servesAt,
  serverName,
  serial,
  generation,
  notAfter,
  problem,
}: ZonedStatus): string {
  const at = `${instance} serves at ${address}:${servesAt}`;
  if (serial === null || notAfter === null) return `${at}: ${problem ?? "it shows no certificate"}.`;
  const left = notAfter - lab.now();
  const expires = left > 0 ? `expires in ${duration(left)}` : "expired";
  return `${at} as ${serverName}, generation ${generation ?? "none"}, serial ${serial}, ${expires}.${problem ? ` ${problem}.` : ""}`;
}

/** Which CTS applies the rules, for whoever must not take the stand-in for the real one. */
export function ctsWords({ kind, version }: FirewallStatus["cts"]): string {
  return kind === "real"
    ? `Consul-Terraform-Sync ${version}, the real one.`
    : `A stand-in of the lab takes the place of Consul-Terraform-Sync ${version}; Consul, Terraform and the router are real.`;
}

export const ctsName = ({ kind, version }: FirewallStatus["cts"]): string =>
  kind === "real" ? `CTS ${version}` : "CTS stand-in";

/** How the call went, in the picture: first what everybody must see. */
export function passageLines(
  { state, rule, cause }: Passage,
  counters: FirewallStatus["router"]["counters"],
): [said: string, why: string, beneath: string] {
  const code = /\(([A-Z0-9_]+)\)$/.exec(cause ?? "")?.[1] ?? "";
  const counter = rule && counters?.[`rule-${rule.id}`];
  switch (state) {
    case "open":
      return ["mTLS answered", rule ? `by ${rule.id}` : "", counter ? `${count(counter.packets)} packets` : ""];
    case "closed":
      return ["mTLS failed", "no rule lets it through", code];
    case "failed":
      return ["mTLS failed", rule ? `though ${rule.id} is open` : "not known why", code];
  }
}

export function passageWords({ from, to, target, state, rule, cause }: Passage): string {
  const call = `${from.instance} → ${to ? `${to.instance} at ` : ""}${target} by mTLS:`;
  const through = rule
    ? `The rule ${rule.id} lets it through: ${ruleWords(rule)}.`
    : state === "closed"
      ? "No rule lets it through."
      : "Which rules stand in the router is not known.";
  if (state === "open") return `${call} answered. ${through}`;
  return `${call} failed. ${through}${cause ? ` ${from.instance} says: ${cause.replace(/([^.!?])$/, "$1.")}` : ""}`;
}

const endWords = ({ service, addresses }: RoutedRule["from"]) => service ?? addresses.join(", ");

/** service-a → service-b, tcp/8443. */
export const ruleWords = (rule: RoutedRule): string =>
  `${endWords(rule.from)} → ${endWords(rule.to)}, ${portWords(rule)}`;

function portWords({ protocol, ports: { first, last } }: RoutedRule): string {
  return `${protocol}/${first === last ? first : `${first}–${last}`}`;
}

/** Whom a service's name means now. */
export const endTitle = ({ service, addresses }: RoutedRule["from"]): string | null =>
  service === null ? null : addresses.length === 0 ? "nobody in the catalog" : addresses.join(", ");

const grouped = new Intl.NumberFormat("en-GB");
export const count = (number: number): string => grouped.format(number);

/** How fast a counter moves; a word where it does not. */
export function rateWords(perSecond: number | null): string {
  if (perSecond === null || perSecond < 0.05) return "still";
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
}
