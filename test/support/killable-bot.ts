import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { BotOrder, BotOrders } from "./firewall-bot-child.ts";

const child = new URL("./firewall-bot-child.ts", import.meta.url).pathname;

/** A bot that is killed now and then, and started again on the same store. */
export class KillableBot implements AsyncDisposable {
  readonly #orders: BotOrders;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #process: ChildProcessByStdio<Writable, Readable, null>;
  #number = 0;

  constructor(orders: BotOrders) {
    this.#orders = orders;
    this.#process = this.#start();
  }

  /** null: it was killed before it answered. */
  ask(order: BotOrder): Promise<unknown> {
    const number = (this.#number += 1);
    const answered = new Promise<unknown>((resolve) => this.#waiting.set(number, resolve));
    this.#process.stdin.write(`${JSON.stringify({ ...order, number })}\n`);
    return answered;
  }

  /** SIGKILL, and a new one in its place. */
  async killed(): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
    for (const answer of this.#waiting.values()) answer(null);
    this.#waiting.clear();
    this.#process = this.#start();
  }

  #start() {
    const started = spawn(process.execPath, [child, JSON.stringify(this.#orders)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // What was written to one that is being killed is lost with it.
    started.stdin.on("error", () => {});
    createInterface(started.stdout).on("line", (line) => {
      const { number, answer } = JSON.parse(line) as { number: number; answer: unknown };
      this.#waiting.get(number)?.(answer);
      this.#waiting.delete(number);
    });
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }
}
