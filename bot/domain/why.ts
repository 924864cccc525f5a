import type { HandshakeProblem, Observation } from "./endpoint.ts";
import type { PeerRefusal } from "./peer-refusal.ts";

export interface Judgement {
  verdict: "healthy" | "we refuse it" | "it refuses us" | "out of reach";
  /** null when healthy, as are the three below. */
  code: string | null;
  side: HandshakeProblem["side"] | null;
  cause: string | null;
  fix: string | null;
}

/** `refusal`: what the server knows of this very connection. It knows better than a client that was hung up on. */
export function judge({ problem }: Observation, refusal: PeerRefusal | null): Judgement {
  if (problem === null) return { verdict: "healthy", code: null, side: null, cause: null, fix: null };
  const verdicts = { client: "we refuse it", server: "it refuses us", network: "out of reach" } as const;
  if (refusal === null || problem.side === "client") return { verdict: verdicts[problem.side], ...problem };
  const { code, cause, fix } = refusal;
  return { verdict: verdicts.server, code, side: "server", cause, fix };
}
