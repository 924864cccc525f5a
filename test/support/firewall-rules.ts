import { createHash } from "node:crypto";

export type RuleEnd = { cidrs: string[] } | { service: string };

/** A rule as nomad/firewall/README.md has it. */
export interface FirewallRule {
  from: RuleEnd;
  to: RuleEnd;
  protocol: "tcp" | "udp";
  ports: { first: number; last: number };
}

/** Addresses of the named services' instances, by name. */
export type ServiceAddresses = Record<string, string[]>;

/** What Consul's key-value store holds for these rules, under a seal that says they were approved. */
export function sealedKeys(
  rules: Record<string, FirewallRule>,
  { services = {}, revision = 1 }: { services?: ServiceAddresses; revision?: number } = {},
): Record<string, string> {
  const entries = Object.fromEntries(Object.entries(rules).map(([id, rule]) => [`firewall/rules/${id}`, rule]));
  const sorted = Object.fromEntries(Object.entries(services).map(([name, addresses]) => [name, addresses.toSorted()]));
  const digest = createHash("sha256")
    .update(`${sortedJson(entries)} ${sortedJson(sorted)}`)
    .digest("hex");
  const values = { ...entries, "firewall/seal": { revision, digest } };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value)]));
}

/** The form in which every value stands in the store: nothing in it means anything to HCL. */
export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${sortedJson(field)}`).join()}}`;
}
