import { createHash } from "node:crypto";
import type { InForce } from "./rules-in-force.ts";
import type { FirewallRule, ServiceAddresses } from "./rule.ts";

// What stands in Consul under `firewall/`, as nomad/firewall/README.md has it.

export const sealKey = "firewall/seal";
/** There while what stands is being applied, and at no other time. */
export const signatureKey = "firewall/signature";
export const ruleKey = (id: string): string => `firewall/rules/${id}`;

export interface Seal {
  revision: number;
  /** SHA-256, lower-case hex, over the rules and the addresses of their services. */
  digest: string;
}

export function sealOf(rules: Record<string, FirewallRule>, services: ServiceAddresses, revision: number): Seal {
  const entries = Object.fromEntries(Object.entries(rules).map(([id, rule]) => [ruleKey(id), rule]));
  const sorted = Object.fromEntries(Object.entries(services).map(([name, addresses]) => [name, addresses.toSorted()]));
  const digest = createHash("sha256")
    .update(`${sortedJson(entries)} ${sortedJson(sorted)}`)
    .digest("hex");
  return { revision, digest };
}

/** What is signed, byte for byte as nomad/firewall/apply.sh puts it together. */
export const signedText = ({ revision, digest }: Seal): string =>
  `certops firewall\nrevision ${revision}\ndigest ${digest}\n`;

/** What Consul holds for these rules, under a seal, which nobody signed yet: values by full key. */
export function sealedKeys(
  rules: Record<string, FirewallRule>,
  { services = {}, revision = 1 }: { services?: ServiceAddresses; revision?: number } = {},
): Record<string, string> {
  const entries = Object.entries(rules).map(([id, rule]) => [ruleKey(id), encoded(rule)]);
  return { ...Object.fromEntries(entries), [sealKey]: encoded(sealOf(rules, services, revision)) };
}

export function keysOf({ rules, services }: Pick<InForce, "rules" | "services">, revision: number) {
  return sealedKeys(plainRules(rules), { services, revision });
}

export function sealFor({ rules, services }: Pick<InForce, "rules" | "services">, revision: number): Seal {
  return sealOf(plainRules(rules), services, revision);
}

const plainRules = (rules: InForce["rules"]) => Object.fromEntries([...rules].map(([id, { rule }]) => [id, rule]));

/** The form in which every value stands in Consul: nothing in it means anything to HCL. */
export function encoded(value: unknown): string {
  return Buffer.from(sortedJson(value)).toString("base64");
}

/** null: the seal is missing, or is none. */
export function sealIn(values: Record<string, string>): Seal | null {
  try {
    const seal = JSON.parse(Buffer.from(values[sealKey] ?? "", "base64").toString()) as Partial<Seal> | null;
    const { revision, digest } = seal ?? {};
    return Number.isSafeInteger(revision) && typeof digest === "string" ? { revision: revision ?? 0, digest } : null;
  } catch {
    return null;
  }
}

/** SHA-256 over every key with its value: the same for exactly these and no others, signed or not. */
export function digestOfKeys(values: Record<string, string>): string {
  const { [signatureKey]: _, ...rest } = values;
  return createHash("sha256").update(sortedJson(rest)).digest("hex");
}

/** As Terraform writes JSON: fields in the order of the alphabet, and no blanks. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${sortedJson(field)}`).join()}}`;
}
