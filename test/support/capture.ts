import { spawn } from "node:child_process";
import { once } from "node:events";
import { missing } from "./missing.ts";

/** What to say where packets cannot be captured; null where they can. */
export const missingCapture =
  process.getuid?.() === 0
    ? missing("tcpdump", ["--version"], "apt-get install tcpdump")
    : "needs root, to capture packets";

/** Every packet of one TCP port on loopback, from when it was started. */
export class Capture implements AsyncDisposable {
  readonly #tcpdump;
  #bytes = Buffer.alloc(0);

  private constructor(port: number) {
    this.#tcpdump = spawn("tcpdump", ["-i", "lo", "-U", "-s", "0", "-w", "-", "tcp", "port", String(port)]);
    this.#tcpdump.stdout.on("data", (more: Buffer) => (this.#bytes = Buffer.concat([this.#bytes, more])));
  }

  static async start(port: number): Promise<Capture> {
    const capture = new Capture(port);
    await once(capture.#tcpdump.stderr, "data");
    return capture;
  }

  /** How often these bytes were seen. */
  count(bytes: string | Buffer): number {
    let found = 0;
    for (let at = this.#bytes.indexOf(bytes); at >= 0; at = this.#bytes.indexOf(bytes, at + 1)) found += 1;
    return found;
  }

  /** Ends it; what was captured until then can still be looked at. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tcpdump.exitCode !== null) return;
    this.#tcpdump.kill();
    await once(this.#tcpdump, "close");
  }
}
