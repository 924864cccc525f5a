import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface Tried {
  /** "open", "answered", "silent", "ended", or the code of an error such as ECONNRESET. */
  outcome: string;
  connection: number;
}

/** One host of a test's network: it listens and tries as it is told. */
export class Host {
  readonly #stdin: Writable;
  readonly #answers: Interface;

  constructor({ stdin, stdout }: ChildProcessByStdio<Writable, Readable, null>) {
    this.#stdin = stdin;
    this.#answers = createInterface(stdout);
  }

  /** Echoes whatever comes in on this port. */
  async listen(port: number): Promise<void> {
    await this.#ask({ do: "listen", port });
  }

  /** Takes datagrams on this port, and answers none. */
  async swallow(port: number): Promise<void> {
    await this.#ask({ do: "swallow", port });
  }

  /** Sends an empty datagram; "open", or what came instead. */
  async send(address: string, port: number): Promise<string> {
    return (await this.#ask({ do: "send", address, port })).outcome;
  }

  /** Opens a connection and keeps it. */
  connect(address: string, port: number): Promise<Tried> {
    return this.#ask({ do: "connect", address, port });
  }

  /** "open", or what came instead. */
  async reach(address: string, port: number): Promise<string> {
    return (await this.connect(address, port)).outcome;
  }

  /** Says something over a connection that was kept, and awaits the echo. */
  async say(connection: number): Promise<string> {
    return (await this.#ask({ do: "say", connection })).outcome;
  }

  async #ask(order: object): Promise<Tried> {
    const answered = once(this.#answers, "line");
    this.#stdin.write(`${JSON.stringify(order)}\n`);
    const [line] = (await answered) as [string];
    return JSON.parse(line) as Tried;
  }
}
