import type { Drifted } from "./router-state.ts";
import type { FirewallRule } from "./rule.ts";

// What the firewall tells the channel besides its requests: payloads of the outbox, drawn when they are posted.

export type FirewallNotice = FirewallEnding | FirewallDrift | FirewallMoved | FirewallSmuggled;

/** A rule nears its end: its owner is asked to extend it or to let it go. */
export interface FirewallEnding {
  type: "firewall-ending";
  id: string;
  rule: FirewallRule;
  owner: string;
  until: number;
}

/** What the router enforces is not what was applied last. */
export interface FirewallDrift extends Pick<Drifted, "missing" | "besides">, Partial<Pick<Drifted, "gaps" | "aside">> {
  type: "firewall-drift";
  /** null: it is noticed now; else when it was over again. */
  over: number | null;
}

/** A service's instances moved where no standing approval reaches: nothing was followed. */
export interface FirewallMoved {
  type: "firewall-moved";
  service: string;
  before: string[];
  after: string[];
  /** Why it was not followed, in one sentence. */
  why: string;
  /** The rules that name it. */
  rules: string[];
}

/** Keys in Consul are not as the approved requests have them: nothing but what was promised is applied while that is so. */
export interface FirewallSmuggled {
  type: "firewall-smuggled";
  /** null: they are noticed now; else when they were gone again. */
  over: number | null;
  /** There, and should not be. */
  keys: string[];
  /** Approved, and with another value. */
  changed?: string[];
  /** Approved, and not there. */
  missing?: string[];
}
