import { connect, type Socket } from "node:net";

export interface Target {
  address: string;
  port: number;
}

/** Why no connection came to be. `unreachable`: a network on the way said that it cannot get there. */
export type NotOpen = "refused" | "silent" | "unreachable";

const meanings: Record<string, NotOpen> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "silent",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
};

/** null: this machine itself is why. */
export const notOpen = ({ code }: NodeJS.ErrnoException): NotOpen | null => meanings[code ?? ""] ?? null;

/**
 * One TCP connection, over which nothing is ever said. Rejects where this machine itself is why there is none:
 * its files or its ports are used up.
 */
export function openConnection(
  { address, port }: Target,
  deadlineMs: number,
): Promise<{ outcome: "open"; socket: Socket } | { outcome: NotOpen; socket: null }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    // An answer that came in time and waits to be read, for this process was busy, is read first.
    const late = setTimeout(() => setImmediate(() => socket.connecting && end("silent")), deadlineMs);
    const end = (outcome: NotOpen) => {
      clearTimeout(late);
      socket.destroy();
      resolve({ outcome, socket: null });
    };
    const failed = (error: NodeJS.ErrnoException) => {
      const meaning = notOpen(error);
      if (meaning !== null) return end(meaning);
      clearTimeout(late);
      reject(error);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(late);
      socket.off("error", failed).on("error", () => {});
      resolve({ outcome: "open", socket });
    });
  });
}
