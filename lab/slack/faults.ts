export const faultKinds = ["rate_limit", "error", "drop", "lose_answer", "server_error", "hang"] as const;

/** How the next calls are to go wrong, for tests. */
export interface Fault {
  /**
   * `rate_limit` answers 429, `error` an error code, `drop` cuts the connection before the work is done. With the work done,
   * `lose_answer` cuts the connection, `server_error` answers 500, and `hang` answers nothing until the caller gives up.
   */
  kind: (typeof faultKinds)[number];
  /** A Web API method or `response_url`; every call without it. */
  method?: string | undefined;
  times: number;
  /** Seconds. */
  retryAfter?: number | undefined;
  error?: string | undefined;
}

/** Faults waiting for the calls they are meant for, in the order in which they were asked for. */
export class Faults {
  readonly #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ ...fault });
  }

  next(method: string): Fault | undefined {
    const fault = this.#waiting.find((one) => one.method === undefined || one.method === method);
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) this.#waiting.splice(this.#waiting.indexOf(fault), 1);
    return fault;
  }
}
