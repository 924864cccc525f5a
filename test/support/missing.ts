import { spawnSync } from "node:child_process";

/** What to say of a test that needs a program which does not run on this machine; null where it does. */
export function missing(program: string, args: string[], mend: string): string | null {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0 ? null : `needs ${program}: ${mend}`;
}

export const missingCurl = missing("curl", ["--version"], "apt-get install curl");
