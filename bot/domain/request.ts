import type { About } from "./asked.ts";
import { aboutEnrolment, type EnrolmentRequest } from "./enrolment.ts";
import { aboutFirewall, type FirewallRequest } from "./firewall/firewall-request.ts";
import { aboutIntention, type IntentionRequest } from "./intention-request.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { aboutRenewal, type RenewalRequest } from "./renewal.ts";
import { aboutRevocation, type RevocationRequest } from "./revocation/revocation-request.ts";

/** What somebody asks for and others decide. */
export type Request = RenewalRequest | IntentionRequest | FirewallRequest | RevocationRequest | EnrolmentRequest;

export type Kind = Request["kind"];
export type RequestOf<K extends Kind> = Extract<Request, { kind: K }>;
export type RequestState = Request["state"];

export const noSuchRequest = (id: string): Refusal =>
  refuse("not-found", `There is no request ${id}.`, "Those that are open: /approvals");

/** What the kinds have of their own to say of a request. */
export function about(request: Request): About<NonNullable<Request["receipt"]>> {
  switch (request.kind) {
    case "renewal":
      return aboutRenewal(request);
    case "intention":
      return aboutIntention(request);
    case "firewall":
      return aboutFirewall(request);
    case "revocation":
      return aboutRevocation(request);
    case "enrolment":
      return aboutEnrolment(request);
  }
}
