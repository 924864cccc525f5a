import { createHash } from "node:crypto";
import type { FirewallRule, ServiceAddresses } from "./rule.ts";

/** What Consul's key-value store is to hold for these rules, by key, under a seal that says they were approved. */
export function sealedKeys(
  rules: Record<string, FirewallRule>,
  { services = {}, revision = 1 }: { services?: ServiceAddresses; revision?: number } = {},
): Record<string, string> {
  const entries = Object.fromEntries(Object.entries(rules).map(([id, rule]) => [`firewall/rules/${id}`, rule]));
  const values = { ...entries, "firewall/seal": { revision, digest: digestOf(entries, services) } };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value)]));
}

/** SHA-256, lower-case hex, over what the module reads: the rules by their full keys, and the addresses they open. */
function digestOf(entries: Record<string, FirewallRule>, services: ServiceAddresses): string {
  const sorted = Object.fromEntries(Object.entries(services).map(([name, addresses]) => [name, addresses.toSorted()]));
  return createHash("sha256")
    .update(`${sortedJson(entries)} ${sortedJson(sorted)}`)
    .digest("hex");
}

/** The form in which every value stands in the store: nothing in it means anything to HCL. */
export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

/** As Terraform's `jsonencode` sorts: also a name like `10`, which an object of JavaScript's puts before all others. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${sortedJson(field)}`).join()}}`;
}
