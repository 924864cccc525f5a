import type { About, Asked, Step } from "./asked.ts";
import type { Deployment } from "./deployment.ts";
import { nothingWritten } from "./receipt.ts";

/** What a renewal will do. */
export interface Plan {
  service: string;
  names: string[];
  issuer: { mount: string; role: string };
  ttl: string;
  key: string;
  deployment: Deployment;
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

/** `deployed`: every instance serves it. `not-served`: written and rendered, yet not on the wire. Its id is also the generation. */
export type RenewalRequest = Asked<"renewal", Plan, ServedNow[], Receipt, "deployed" | "not-served" | "failed"> & {
  service: string;
};

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
  steps: Step[];
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

export function aboutRenewal({ id, service }: RenewalRequest): About<Receipt> {
  return {
    subject: service,
    services: [service],
    detail: { service },
    asksFor: `a renewal of ${service}`,
    does: `renews ${service}`,
    askAgain: `/cert renew ${service}`,
    tells,
    nothingWritten: (problem) => nothingWritten(id, problem),
  };
}

const instancesIn = ({ instances }: Record<string, unknown>) => (Array.isArray(instances) ? instances.join(", ") : "");

const tells: About<Receipt>["tells"] = {
  "job.started": () => "began; handshakes are counted from here",
  "job.written": (detail) => `generation written for ${instancesIn(detail)}`,
  "job.proven": (detail) => `proven at ${instancesIn(detail)}`,
  "request.deployed": () => "deployed: every instance serves it",
  "request.served-late": () => "every instance serves it after all",
};
