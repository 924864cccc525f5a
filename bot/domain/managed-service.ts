import type { Endpoint } from "./endpoint.ts";

/** A service whose certificates certops renews. */
export interface ManagedService {
  name: string;
  owner: string;
  endpoints: Endpoint[];
  issuer: { mount: string; role: string };
  names: string[];
  /** As Vault takes it, for example "2m" or "2160h". */
  ttl: string;
  key: string;
  /** Share of lifetime left (0..1) under which it counts as expiring. */
  renewBefore: number;
  /** Vault KV v2: `mount`/`path` holds one field per instance, its generation. */
  deployment: { kind: "vault-agent"; mount: string; path: string };
  approval: ApprovalPolicy;
  rollout: "all" | "one-first";
}

export interface ApprovalPolicy {
  /** Slack user ids. */
  users: string[];
  /** Slack user group ids. */
  groups: string[];
  /** After this long without a decision the request expires. */
  deadlineMs: number;
}
