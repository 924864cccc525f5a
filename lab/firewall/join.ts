import type { Socket } from "node:net";

/** Makes one connection out of two: what comes in goes out at the other, each direction to its own end. Both are to allow half-open. */
export function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.once("close", () => to.destroySoon());
    from.pipe(to);
  }
}
