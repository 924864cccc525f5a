import { execFile } from "node:child_process";

const deadlineMs = 5_000;
const mostBytes = 64 * 1024 * 1024;
/** Constant: nothing of a request is ever part of it. */
const command = ["-j", "list", "ruleset"];

/** What nft prints of every table in this network namespace. Rejects with nft's own words. */
export function listRuleset(): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };
    const options = { env, timeout: deadlineMs, killSignal: "SIGKILL", maxBuffer: mostBytes } as const;
    execFile("nft", command, options, (error, printed, said) => {
      if (error === null) return resolve(printed);
      if (error.killed) return reject(new Error(`nft did not end within ${deadlineMs / 1_000} s`));
      reject(new Error(said.split("\n")[0] || error.message));
    });
  });
}
