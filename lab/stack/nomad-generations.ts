import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Asking } from "./nomad-api.ts";

const variableReply = z.object({ Items: z.record(z.string(), z.string()), ModifyIndex: z.number() });

/** Where a job's generations are, one for each of its instances: a variable that the job itself may read, and no other job. */
export function variablePath(job: string): string {
  return `nomad/jobs/${job}`;
}

/** The first ones of a job that has never run. */
export async function seedGenerations(api: Asking, job: string, instances: string[]): Promise<void> {
  await write(api, job, Object.fromEntries(instances.map((instance) => [instance, "g0"])), 0);
}

/** Writes a new generation for every instance of the job, and tells which. */
export async function moveGenerations(api: Asking, job: string): Promise<string> {
  const { Items, ModifyIndex } = variableReply.parse(await api.ask("GET", `/v1/var/${variablePath(job)}`));
  const next = `r-${randomBytes(4).toString("hex")}`;
  await write(api, job, Object.fromEntries(Object.keys(Items).map((instance) => [instance, next])), ModifyIndex);
  return next;
}

/** Compare and set: whoever writes at this very moment wins. */
async function write(api: Asking, job: string, Items: Record<string, string>, cas: number): Promise<void> {
  const Path = variablePath(job);
  await api.ask("PUT", `/v1/var/${Path}?cas=${cas}`, { Path, Items });
}
