import type { Child } from "../../lab/supervise.ts";

/** A running process of a lab, by its name. */
export function childOf(lab: { children(): readonly Child[] }, name: string): Child {
  const found = lab.children().find((one) => one.name === name);
  if (found === undefined) throw new Error(`the lab runs no ${name}`);
  return found;
}

/** The pid of one that runs now. */
export function pidOf(lab: { children(): readonly Child[] }, name: string): number {
  const { pid } = childOf(lab, name);
  if (pid === null) throw new Error(`${name} does not run`);
  return pid;
}
