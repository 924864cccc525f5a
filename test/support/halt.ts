import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** For a child: at the place it is told it says so and stands still, to be killed. `written 2`: the second time it comes by. */
export function haltingAt(haltAt: string | null): (place: string) => void {
  const passed = new Map<string, number>();
  return (place) => {
    const times = (passed.get(place) ?? 0) + 1;
    passed.set(place, times);
    if (haltAt !== (times === 1 ? place : `${place} ${times}`)) return;
    process.stdout.write("halted\n");
    // The whole thread stands still: nothing more is done until the kill.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
  };
}

/** Runs a child of the tests with its orders until it halts and kills it there, or lets it go on to its end. */
export async function runToHalt(
  child: string,
  orders: object,
  onLine: (line: string) => void = () => {},
): Promise<"killed" | number | null> {
  const file = new URL(child, import.meta.url).pathname;
  const process_ = spawn(process.execPath, [file, JSON.stringify(orders)], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(process_, "exit");
  try {
    for await (const line of createInterface({ input: process_.stdout })) {
      if (line === "halted") process_.kill("SIGKILL");
      else onLine(line);
    }
    const [code, signal] = (await exited) as [number | null, string | null];
    return signal === "SIGKILL" ? "killed" : code;
  } finally {
    process_.kill("SIGKILL");
  }
}
