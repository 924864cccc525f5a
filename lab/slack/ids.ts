import { randomBytes } from "node:crypto";

export type Clock = () => number;

/** Hands out what must never repeat within one workspace. */
export class Ids {
  #lastMicros = 0;
  #count = 0;
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** A message time stamp such as `1700000000.000100`: seconds with microseconds, always rising. */
  ts(): string {
    this.#lastMicros = Math.max(this.#now() * 1000, this.#lastMicros + 100);
    const micros = Math.floor(this.#lastMicros);
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
  }

  /** Such as `V0000001A`. */
  next(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count.toString(36).toUpperCase().padStart(8, "0")}`;
  }

  /** Three parts as in Slack's trigger ids: `1.1700000000.9f2c…`. */
  trigger(): string {
    this.#count += 1;
    return `${this.#count}.${Math.floor(this.#now() / 1000)}.${randomBytes(16).toString("hex")}`;
  }
}
