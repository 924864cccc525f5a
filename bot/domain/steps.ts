import type { Kind } from "./request.ts";

/** Who has it then. What the store has, the next process goes on from; what another has taken, it finds out by looking there. */
type Holder = "store" | "job" | "Slack" | "Vault" | "Consul" | "CTS";

interface Step {
  step: string;
  /** `job`: in the store, as a step of the request's job. */
  in: Holder;
}

const decided = [
  { step: "opened", in: "store" },
  { step: "posted", in: "Slack" },
  { step: "placed", in: "store" },
  { step: "post noted", in: "store" },
  { step: "approved", in: "store" },
  { step: "drawn", in: "Slack" },
  { step: "claimed", in: "store" },
] as const;

const asked = [...decided, { step: "started", in: "job" }] as const;

const ended = [
  { step: "ended", in: "store" },
  { step: "receipt drawn", in: "Slack" },
  { step: "receipt noted", in: "store" },
] as const;

/**
 * What happens to a request from the command to its receipt, in order. After each of them the process may be gone, and what
 * comes of the request is the same. A job's step that does not stand here does not compile.
 */
export const steps = {
  renewal: [
    ...asked,
    { step: "generation taken", in: "Vault" },
    { step: "written", in: "job" },
    { step: "proven", in: "job" },
    ...ended,
  ],
  intention: [...asked, { step: "intention taken", in: "Consul" }, { step: "written", in: "job" }, ...ended],
  firewall: [
    ...asked,
    { step: "keys taken", in: "Consul" },
    { step: "written", in: "job" },
    { step: "planned", in: "job" },
    { step: "applied", in: "CTS" },
    { step: "in-force", in: "job" },
    { step: "taking-back", in: "job" },
    ...ended,
  ],
  revocation: [
    ...asked,
    { step: "renewal opened", in: "store" },
    { step: "renewed", in: "job" },
    { step: "one revoked", in: "Vault" },
    { step: "taken-back", in: "job" },
    { step: "list made anew", in: "Vault" },
    { step: "listed", in: "job" },
    ...ended,
  ],
  enrolment: [...decided, { step: "passkey kept", in: "store" }, ...ended],
} as const satisfies Record<Kind, readonly Step[]>;

/** The steps that a job of this kind saves. */
export type JobStep<K extends Kind> = Extract<(typeof steps)[K][number], { in: "job" }>["step"];
