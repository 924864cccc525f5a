import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { asWritten } from "../../domain/firewall/as-written.ts";
import { type InForce, withChange } from "../../domain/firewall/rules-in-force.ts";
import { servicesIn } from "../../domain/firewall/rule.ts";
import { keysOf, type Seal, sealFor } from "../../domain/firewall/sealed-keys.ts";
import { unsafeAddress, unsafeRules } from "../../domain/firewall/unsafe-rule.ts";

/** What is to stand when a request is carried out, and as which keys. */
export interface Candidate {
  wanted: InForce;
  revision: number;
  /** Over what the keys say: it is what is signed. */
  seal: Seal;
  keys: Record<string, string>;
}

/** `pinned`: services that are elsewhere now, and whose rules are to stay as they are. */
export function candidateOf(
  inForce: InForce,
  request: FirewallRequest,
  revision: number,
  pinned: string[] = [],
): Candidate {
  return candidate({ ...withChange(inForce, request), pinned }, revision);
}

export function candidate(wanted: InForce, revision: number): Candidate {
  const written = asWritten(wanted);
  return { wanted, revision, seal: sealFor(written, revision), keys: keysOf(written, revision) };
}

/** Why it may not be written, in one sentence; null: every character of it means what it says. */
export function unsafeCandidate({ wanted: { rules, services } }: Candidate): string | null {
  const addresses = Object.entries(services).map(([name, held]) => unsafeAddress(name, held));
  return unsafeRules(rules) ?? addresses.find((why) => why !== null) ?? null;
}

/** Every service that any rule of these names. */
export function namedServices(...states: Pick<InForce, "rules">[]): string[] {
  const all = states.flatMap(({ rules }) => [...rules.values()].flatMap(({ rule }) => servicesIn(rule)));
  return [...new Set(all)].toSorted();
}
