import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { nearest } from "../nearest.ts";

export const steps = [
  {
    name: "change-modes",
    title: "What Nomad may do with a new certificate: nothing, restart, or signal, and what each costs (--nomad)",
  },
] as const;

export type StepName = (typeof steps)[number]["name"];

const count = z.object({ fresh: z.number(), kept: z.number() });

export const changeModesSchema = z.object({
  service: z.string(),
  instances: z.number(),
  modes: z.array(
    z.object({
      mode: z.enum(["noop", "restart", "signal"]),
      /** Milliseconds from the write of the generation until every instance's file held its certificate. */
      renderedMs: z.number(),
      /** And until every instance served it; null when none did for as long as was waited. */
      servedMs: z.number().nullable(),
      /** Requests to the service meanwhile, over fresh connections and over kept ones, and those that failed. */
      sent: count,
      lost: count,
    }),
  ),
  /** How long a certificate that is not served was waited for. */
  patienceMs: z.number(),
  tookMs: z.number(),
});

export type ChangeModesReport = z.infer<typeof changeModesSchema>;

/** Refuses a word that names no step, with the step most likely meant. */
export function knownStep(word: string): StepName {
  const names = steps.map(({ name }) => name);
  const known = names.find((name) => name === word);
  if (known !== undefined) return known;
  const guess = nearest(word, names);
  throw new Problem(
    "UNKNOWN_STEP",
    `There is no step "${word}".`,
    guess === null ? `There are: ${names.join(", ")}.` : `Did you mean "${guess}"?`,
  );
}
