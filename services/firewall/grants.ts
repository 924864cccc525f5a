import type { Target } from "./connection.ts";

/** What may be tried for one request, until then (epoch milliseconds). */
export interface Grant {
  addresses: string[];
  ports: number[];
  until: number;
}

export interface GrantedTarget extends Target {
  grant: string;
}

const mostGrants = 1_000;

/** What this prober may try: exactly the addresses and ports of the requests at hand, and nothing once they have lapsed. */
export class Grants {
  readonly #held = new Map<string, Grant>();

  /** In place of an earlier one of that id; false where there are too many. */
  put(id: string, grant: Grant, now: number): boolean {
    for (const [other, { until }] of this.#held) if (until <= now) this.#held.delete(other);
    if (!this.#held.has(id) && this.#held.size >= mostGrants) return false;
    this.#held.set(id, grant);
    return true;
  }

  delete(id: string): void {
    this.#held.delete(id);
  }

  /** Until when it may be tried; null: it may not. */
  until({ grant, address, port }: GrantedTarget, now: number): number | null {
    const held = this.#held.get(grant);
    if (held === undefined || held.until <= now) return null;
    return held.addresses.includes(address) && held.ports.includes(port) ? held.until : null;
  }
}
