import { restartNotes, type Step, timed } from "../asked.ts";
import type { RevocationRequest } from "./revocation-request.ts";
import type { TurnedAway } from "./turned-away.ts";
import { tellEndpoint, type Holding, type Revoking } from "./revoking.ts";

/** What happened, as the bot itself saw it. */
export interface RevocationReceipt {
  /** The id of the renewal that came first; null where none was begun. */
  renewal: string | null;
  serials: { serial: string; outcome: "revoked" | "expired" | "valid" }[];
  steps: Step[];
  /** Who was asked whether it holds the list. */
  holders: {
    endpoint: string;
    /** Since when it refuses every one of them; null: it does not, as far as is known. */
    heldAt: number | null;
    /** Why not, for a person. */
    problem: string | null;
  }[];
  notes: string[];
  /** One sentence when it did not end well. */
  problem: string | null;
  /** Who came with one of them afterwards; left out while nobody is known to have. */
  turnedAway?: TurnedAway[];
}

export function revocationReceipt(outcome: {
  request: Pick<RevocationRequest, "createdAt" | "decidedAt" | "plan">;
  course: Revoking;
  held: Holding;
  /** Those that cannot be asked. */
  silent: string[];
  problem: string | null;
}): RevocationReceipt {
  const { request, course, held, silent, problem } = outcome;
  const { renewal, renewedAt, revokedAt, listedAt } = course;
  const serials = course.serials ?? request.plan.serials;
  const holders = Object.entries(held).map(([endpoint, { at, problem: why }]) => ({
    endpoint,
    heldAt: at,
    problem: at === null ? why : null,
  }));
  const all = holders.length > 0 && holders.every(({ heldAt }) => heldAt !== null);
  return {
    renewal,
    serials: serials.map((serial) => ({ serial, outcome: course.revoked[serial] ?? "valid" })),
    steps: timed([
      { name: "requested", at: request.createdAt },
      { name: "approved", at: request.decidedAt },
      { name: "renewed everywhere", at: renewedAt },
      { name: "revoked in Vault", at: revokedAt },
      { name: "in Vault's list", at: listedAt },
      {
        name: "held by every instance",
        at: all ? Math.max(...holders.flatMap(({ heldAt }) => heldAt ?? [])) : null,
      },
    ]),
    holders,
    notes: [
      ...restartNotes(course.resumedAt, null),
      ...(silent.length === 0
        ? []
        : [`Without an admin port, so nobody could ask: ${silent.map(tellEndpoint).join(", ")}.`]),
    ],
    problem,
  };
}
