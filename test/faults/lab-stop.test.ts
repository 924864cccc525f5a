import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

const module = join(import.meta.dirname, "../../lab/stop-signal.ts");
/** A lab that hangs while it stops. */
const hanging = `
  import { stopSignal } from ${JSON.stringify(module)};
  stopSignal().addEventListener("abort", () => console.log("stopping"));
  process.stdin.on("data", () => console.log("still here"));
  console.log("up");
`;

test("one Ctrl-C, even if it arrives twice, is a stop; a second one ends the process at once", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", hanging], { stdio: "pipe" });
  const exited = once(child, "exit");
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  try {
    expect((await lines.next()).value).toBe("up");
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect((await lines.next()).value).toBe("stopping");
    child.stdin.write("?");
    expect((await lines.next()).value).toBe("still here");

    const again = setInterval(() => child.kill("SIGINT"), 50);
    const [code] = (await exited) as [number | null];
    clearInterval(again);
    expect(code).toBe(130);
    expect(told).toContain("`npm run lab -- down` clears what is left.");
  } finally {
    child.kill("SIGKILL");
  }
});
