/** Everything a person approves. The hash over exactly this binds the approval. */
export interface Plan {
  service: string;
  names: string[];
  issuer: { mount: string; role: string };
  ttl: string;
  key: string;
  deployment: { kind: "vault-agent"; mount: string; path: string };
  instances: string[];
  rollout: "all" | "one-first";
}

/** What an instance served when the renewal was proposed: shown beside the plan, not hashed. */
export interface ServedNow {
  instance: string;
  serial: string | null;
  generation: string | null;
  notAfter: number | null;
}

/**
 * pending → approved | denied | expired | void;
 * approved → deployed | not-served | failed | void.
 * `void`: the plan moved since it was asked for, or since it was approved. `not-served`: written and rendered, yet not on the wire.
 */
export type RequestState =
  | "pending"
  | "approved"
  | "denied"
  | "expired"
  | "deployed"
  | "not-served"
  | "failed"
  | "void";

export interface RenewalRequest {
  /** Also the generation, and the correlation id everywhere: `r-` and eight characters of a–z2–7. */
  id: string;
  service: string;
  requester: string;
  reason: string;
  plan: Plan;
  planHash: string;
  evidence: ServedNow[];
  /** Who could decide it when it was made. Who may decide it now stands with the service. */
  approval: { users: string[]; groups: string[] };
  state: RequestState;
  createdAt: number;
  expiresAt: number;
  decidedBy: string | null;
  decidedAt: number | null;
  /** Where its message stands in Slack. */
  message: { channel: string; ts: string } | null;
  receipt: Receipt | null;
}

/** What happened, counted by the bot itself. Without instances, steps and handshakes where nothing was written. */
export interface Receipt {
  generation: string;
  instances: {
    instance: string;
    oldSerial: string | null;
    newSerial: string | null;
    notAfter: number | null;
    servedAt: number | null;
    /** Why it does not serve the new generation, where it does not. */
    problem: string | null;
  }[];
  /** In order; `tookMs` since the step before. */
  steps: { name: string; at: number; tookMs: number }[];
  handshakes: { tried: number; failed: number; causes: Record<string, number> };
  /** Serials issued for this service during the renewal that no instance was planned to serve. */
  besides: string[];
  /** What a reader has to know to read the numbers right, for example that the bot was restarted meanwhile. */
  notes: string[];
  /** One sentence when it did not end well. */
  problem: string | null;
  /** Since when every instance serves it after all, of one that ended as not served. */
  servedLateAt?: number;
}
