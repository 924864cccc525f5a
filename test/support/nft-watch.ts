import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "../../lab/eventually.ts";
import { run } from "./run.ts";

/** Watches a router's tables from now on, also what is there for a moment only. */
export interface NftWatch extends AsyncDisposable {
  /** Whatever was done to them until now, in nft's words. */
  seen(): Promise<string>;
}

/** `inRouter`: what goes before a command that is to run in the router's namespace. */
export async function watchNft(inRouter: string[]): Promise<NftWatch> {
  const [command, ...args] = [...inRouter, "nft", "monitor"];
  const child = spawn(command, args, {
    env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let told = "";
  let marks = 0;
  child.stdout.setEncoding("utf8").on("data", (part: string) => (told += part));

  /** Until what is done now is seen, all that was done before is. */
  const caughtUp = async () => {
    await eventually(
      "nft to be watched",
      async () => {
        const mark = `watched-${(marks += 1)}`;
        await run([...inRouter, "nft", `add table inet ${mark}; delete table inet ${mark}`]);
        return told.includes(mark) ? true : null;
      },
      AbortSignal.timeout(10_000),
    );
  };

  await caughtUp();
  told = "";
  return {
    async seen() {
      await caughtUp();
      return told;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

/** How often that rule was put into the router's table, of one path. */
export function timesAdded(seen: string, rule: string): number {
  const isOf = (line: string) => line.startsWith("add rule inet certops flows ") && line.includes(`"rule-${rule}"`);
  return seen.split("\n").filter(isOf).length;
}
