import { z } from "zod";
import { type Admin, health } from "./instances.ts";

/** What an instance tells of its certificate; `problem`: in one sentence, also that it tells nothing. Times in epoch ms. */
export const identityNow = {
  serial: z.string().nullable(),
  generation: z.string().nullable(),
  notBefore: z.number().nullable(),
  notAfter: z.number().nullable(),
  problem: z.string().nullable(),
};

export async function askIdentity(of: Admin) {
  const answer = await health(of).catch(() => null);
  const { serial = null, generation = null, notBefore = null, notAfter = null } = answer?.identity ?? {};
  return {
    serial,
    generation,
    notBefore,
    notAfter,
    problem: answer === null ? "it does not answer" : answer.problem,
  };
}
