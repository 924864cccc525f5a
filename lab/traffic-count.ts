import { z } from "zod";

const tally = z.object({ ok: z.number(), failed: z.number(), causes: z.record(z.string(), z.number()) });

/** What a client counts since its start, as every `GET /traffic` answers it: requests over fresh and over kept-alive connections. */
export const trafficCount = z.object({ fresh: tally, kept: tally });

export type Tally = z.infer<typeof tally>;
export type TrafficCount = z.infer<typeof trafficCount>;

/** One reading of all the lab's traffic. Counts only ever grow, save when a client was started again. */
export interface TrafficSample {
  /** Epoch milliseconds. */
  at: number;
  ok: number;
  failed: number;
  /** Failures by their code. */
  causes: Record<string, number>;
  /** Identities swapped by all instances together. */
  rotations: number;
  /** `outside` and each instance that calls its peers; null when it could not be asked. */
  sources: { name: string; count: TrafficCount | null }[];
}
