import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { GrantedTarget } from "./grants.ts";

/**
 * `reset`: by somebody on the way, or the host. `silent`: nothing answers on it any more. `closed`: the host closed it
 * in good order. `overdue`: it was let go here, for its time was up; `withdrawn`: for its grant was taken back.
 */
export type HowEnded = "reset" | "silent" | "closed" | "overdue" | "withdrawn";

interface Flow {
  target: GrantedTarget;
  socket: Socket;
  ended: HowEnded | null;
  timer: NodeJS.Timeout;
}

const mostFlows = 16;
const heldMs = 60_000;
/** How long it is told afterwards what became of one. */
const rememberedMs = 60_000;
const keepAliveMs = 1_000;

/** Connections kept open with nothing said, to see whether they end. Each is asked for once a second, by TCP itself. */
export class HeldFlows {
  readonly #flows = new Map<string, Flow>();
  #opening = 0;

  /** Room for one more, until `release`; null: there is none. */
  reserve(): { release(): void } | null {
    if (this.#flows.size + this.#opening >= mostFlows) return null;
    this.#opening += 1;
    return { release: () => void (this.#opening -= 1) };
  }

  /** Keeps the connection for a minute, or until then (epoch milliseconds); gives its id. */
  keep(target: GrantedTarget, socket: Socket, { until, now }: { until: number; now: number }): string {
    const id = randomUUID();
    const timer = setTimeout(() => this.#end(id, "overdue"), Math.min(heldMs, until - now));
    this.#flows.set(id, { target, socket, ended: null, timer });
    socket.setKeepAlive(true, keepAliveMs);
    socket
      .on("error", ({ code }: NodeJS.ErrnoException) => this.#end(id, code === "ETIMEDOUT" ? "silent" : "reset"))
      .on("close", () => this.#end(id, "closed"))
      .resume();
    return id;
  }

  /** null: it is not known, or no longer. */
  state(id: string): { outcome: "alive"; how: null } | { outcome: "ended"; how: HowEnded } | null {
    const flow = this.#flows.get(id);
    if (flow === undefined) return null;
    return flow.ended === null ? { outcome: "alive", how: null } : { outcome: "ended", how: flow.ended };
  }

  release(id: string): void {
    const flow = this.#flows.get(id);
    if (flow === undefined) return;
    clearTimeout(flow.timer);
    this.#flows.delete(id);
    flow.socket.destroy();
  }

  /** Ends those that may not be tried any more. */
  withdraw(mayStay: (target: GrantedTarget) => boolean): void {
    for (const [id, { target }] of this.#flows) if (!mayStay(target)) this.#end(id, "withdrawn");
  }

  /** The first reason stays. */
  #end(id: string, how: HowEnded): void {
    const flow = this.#flows.get(id);
    if (flow === undefined || flow.ended !== null) return;
    flow.ended = how;
    clearTimeout(flow.timer);
    flow.timer = setTimeout(() => this.#flows.delete(id), rememberedMs).unref();
    flow.socket.destroy();
  }
}
