import type { Address, Answer, Peer } from "./peer.ts";

export interface Count {
  ok: number;
  failed: number;
  causes: Record<string, number>;
}

/** A steady stream of requests to the other service, every second one over a fresh connection, counted by cause. */
export class SteadyTraffic {
  readonly fresh: Count = { ok: 0, failed: 0, causes: {} };
  readonly kept: Count = { ok: 0, failed: 0, causes: {} };
  #timer: NodeJS.Timeout | undefined;

  start(perSecond: number, peer: Peer, nextPeer: () => Address): void {
    let turn = 0;
    const send = async () => {
      if (turn++ % 2 === 0) count(this.fresh, (await peer.callFresh(nextPeer())).result);
      else count(this.kept, await peer.callKept(nextPeer()));
    };
    if (perSecond > 0) this.#timer = setInterval(() => void send(), 1_000 / perSecond);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function count(into: Count, result: Answer["result"]): void {
  if ("status" in result && result.status === 200) {
    into.ok++;
    return;
  }
  const code = "code" in result ? result.code : `HTTP_${result.status}`;
  into.failed++;
  into.causes[code] = (into.causes[code] ?? 0) + 1;
}
