import type { ApprovalPolicy } from "../approval-policy.ts";

/** What certops.yaml says of the firewall. Times are milliseconds. */
export interface FirewallPolicy {
  zones: Zone[];
  /** Ports that no rule may open. */
  forbiddenPorts: { first: number; last: number }[];
  /** Pairs of zones that may never meet, in either direction. */
  apart: [string, string][];
  /** How many ports one rule may open. */
  largestRange: number;
  /** How long a rule is valid that does not say. */
  valid: number;
  /** The longest a rule may be valid without a second approver. */
  longest: number;
  /** Whether a rule may be approved that no packet will be able to show; the approver is told why. */
  unproven: boolean;
  /** The bot's own address. */
  self: string;
  approval: ApprovalPolicy;
}

export interface Zone {
  name: string;
  cidrs: string[];
  /** Whether what comes from there is other people's. */
  untrusted?: boolean;
  /** The URL of its prober; null: none. */
  prober: string | null;
  /** Where the prober's packets come from: which rule they fall under. null: not known, so nothing is tried from there. */
  address: string | null;
}
