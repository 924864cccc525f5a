import type { Address, Result } from "./peer.ts";

export interface Count {
  ok: number;
  failed: number;
  causes: Record<string, number>;
}

/** How the other service is called. */
interface Calls {
  callFresh(address: Address): Promise<{ result: Result }>;
  callKept(address: Address): Promise<Result>;
}

/** All start at once, and none is at fault when another, or a sidecar, is ready later: until the first answer nothing is counted. */
const startUpMs = 60_000;

/** A steady stream of requests to the other service, every second one over a fresh connection, counted by cause. */
export class SteadyTraffic {
  readonly fresh: Count = { ok: 0, failed: 0, causes: {} };
  readonly kept: Count = { ok: 0, failed: 0, causes: {} };
  /** From when on each peer is counted, epoch milliseconds. */
  readonly #countedFrom = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** `where`: the addresses to call, as they are at each moment. */
  start(perSecond: number, calls: Calls, where: { readonly known: readonly Address[] }): void {
    const startedUp = Date.now() + startUpMs;
    let turn = 0;
    const send = async () => {
      const asked = Date.now();
      const keep = turn % 2 === 1;
      // Halved, or with two addresses one would get all the fresh connections and the other none.
      const address = where.known[Math.floor(turn++ / 2) % where.known.length];
      if (!address) return;
      const result = keep ? await calls.callKept(address) : (await calls.callFresh(address)).result;
      const of = `${address.host}:${address.port}`;
      const from = Math.min(this.#countedFrom.get(of) ?? startedUp, isAnswered(result) ? asked : Infinity);
      this.#countedFrom.set(of, from);
      if (asked >= from) count(keep ? this.kept : this.fresh, result);
    };
    if (perSecond > 0) this.#timer = setInterval(() => void send(), 1_000 / perSecond);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function isAnswered(result: Result): boolean {
  return "status" in result && result.status === 200;
}

function count(into: Count, result: Result): void {
  if (isAnswered(result)) {
    into.ok++;
    return;
  }
  const code = "code" in result ? result.code : `HTTP_${result.status}`;
  into.failed++;
  into.causes[code] = (into.causes[code] ?? 0) + 1;
}
