import type { ApprovalPolicy } from "./approval-policy.ts";
import type { CatalogPlace } from "./catalog.ts";
import type { Deployment } from "./deployment.ts";
import type { Endpoint } from "./endpoint.ts";

/** A service whose certificates certops renews. */
export interface ManagedService {
  name: string;
  owner: string;
  /** As certops.yaml lists them, or its catalog now. */
  endpoints: Endpoint[];
  /** Where its endpoints are looked up; null: certops.yaml lists them. */
  catalog: CatalogPlace | null;
  issuer: { mount: string; role: string };
  names: string[];
  /** As Vault takes it, for example "2m" or "2160h". */
  ttl: string;
  key: string;
  /** Share of lifetime left (0..1) under which it counts as expiring. */
  renewBefore: number;
  deployment: Deployment;
  approval: ApprovalPolicy;
  rollout: "all" | "one-first";
  /** Who calls it, as certops.yaml has it: services, or names on certificates. */
  callers: string[];
}
