import { z } from "zod";

export const caseNames = [
  "normal",
  "no-client-cert",
  "no-ca",
  "expired-a",
  "expired-b",
  "different-ca",
  "curl-insecure",
] as const;

export type CaseName = (typeof caseNames)[number];

export const caseReportSchema = z.object({
  name: z.enum(caseNames),
  title: z.string(),
  /** What to type by hand to see the same. */
  command: z.string(),
  clientSaw: z.string(),
  serverKnew: z.string(),
  cause: z.string(),
  fix: z.string(),
  /** What the same case comes to behind sidecars; null where there is no mesh. `prevented`: it cannot come about there. */
  mesh: z.object({ prevented: z.boolean(), said: z.string(), cause: z.string() }).nullable(),
  /** True only when what was seen is what the case is there to show. */
  expected: z.boolean(),
  /** True only when, afterwards, every instance of both services was seen serving and calling as before. */
  restored: z.boolean(),
  tookMs: z.number(),
});

/** What a case showed, told to a person. */
export type CaseReport = z.infer<typeof caseReportSchema>;
