import type { About, Asked } from "../asked.ts";
import type { BlastRadius } from "../blast-radius.ts";
import type { Plan } from "../renewal.ts";
import type { RevocationReason } from "./reason.ts";
import type { RevocationReceipt } from "./receipt.ts";

/** What is to be revoked, as it was asked for. */
export type Target =
  /** Whatever the instances of the service were seen serving. */
  { kind: "service" } | { kind: "instance"; instance: string } | { kind: "serial"; serial: string };

export interface RevocationPlan {
  target: Target;
  reason: RevocationReason;
  /** Known when it was asked for. Of a service or an instance, what is served in their place until the renewal goes with them. */
  serials: string[];
  /** Comes first: nothing is revoked before every instance serves another. */
  renewal: Plan;
}

/** One that would be revoked, and who shows it. */
export interface Condemned {
  serial: string;
  generation: string | null;
  notAfter: number;
  /** Instances of the service that serve it now. */
  servedBy: string[];
}

/** What was so when it was asked for. */
export interface RevocationEvidence {
  condemned: Condemned[];
  /** Of the same names and still valid, and not revoked: why, for a person. */
  leftOut: { serial: string; why: string }[];
  /** Endpoints that can be asked whether they hold the list; whoever shows a revoked one is refused there. */
  holders: string[];
  /** Who meets one of the service's pairs, as a server's or as a caller's; left out by a request made before it was asked. */
  meets?: BlastRadius;
}

/** `revoked`: Vault's list names them, and every instance that can be asked holds it. `not-held`: revoked, and not held in time. */
export type RevocationRequest = Asked<
  "revocation",
  RevocationPlan,
  RevocationEvidence,
  RevocationReceipt,
  "revoked" | "not-held" | "failed"
>;

/** The renewal that comes first: one, however often its opening is tried. */
export const renewalOf = (id: string) => `r-${id.slice(2)}`;

export function aboutRevocation({ plan }: Pick<RevocationRequest, "plan">): About<RevocationReceipt> {
  const { renewal, reason, serials } = plan;
  const what = tellTarget(plan);
  return {
    subject: renewal.service,
    services: [renewal.service],
    detail: { service: renewal.service, target: targetWord(plan), reason, serials: serials.join(" ") },
    asksFor: `the revocation of ${what}`,
    does: `revokes ${what}`,
    askAgain: `/cert revoke ${targetWord(plan)} ${reason}`,
    tells,
    nothingWritten: (problem) => ({ renewal: null, serials: [], steps: [], holders: [], notes: [], problem }),
  };
}

/** As a person names it: "service-a", "a-1" or the serial. */
export function targetWord({ target, renewal }: Pick<RevocationPlan, "target" | "renewal">): string {
  switch (target.kind) {
    case "service":
      return renewal.service;
    case "instance":
      return target.instance;
    case "serial":
      return target.serial;
  }
}

export function tellTarget({ target, renewal }: Pick<RevocationPlan, "target" | "renewal">): string {
  switch (target.kind) {
    case "service":
      return `what ${renewal.service} served`;
    case "instance":
      return `what ${target.instance} of ${renewal.service} served`;
    case "serial":
      return `${target.serial} of ${renewal.service}`;
  }
}

const listIn = ({ serials }: Record<string, unknown>) => (Array.isArray(serials) ? serials.join(", ") : "");

const tells: About<RevocationReceipt>["tells"] = {
  "job.started": ({ renewal }) => `began; ${String(renewal)} renews first`,
  "job.renewed": (detail) => `every instance serves another; to be revoked: ${listIn(detail)}`,
  "job.taken-back": (detail) => `revoked in Vault: ${listIn(detail)}`,
  "job.listed": () => "Vault's revocation list was made anew and names them",
  "request.turned-away": ({ where }) =>
    `somebody still shows an old one, and was turned away: ${Array.isArray(where) ? where.join(", ") : ""}`,
  "request.revoked": () => "revoked: every instance that can be asked holds the list",
};
