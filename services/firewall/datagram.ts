import { createSocket } from "node:dgram";
import { type NotOpen, notOpen, type Target } from "./connection.ts";

/**
 * One empty datagram, and what comes back for it: an answer, the host's word that nothing listens there, or nothing. Rejects
 * where this machine itself is why it was not sent.
 */
export function sendDatagram({ address, port }: Target, deadlineMs: number): Promise<"open" | NotOpen> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const end = (outcome: "open" | NotOpen) => {
      clearTimeout(late);
      socket.close();
      resolve(outcome);
    };
    const late = setTimeout(() => end("silent"), deadlineMs);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const meaning = notOpen(error);
      if (meaning !== null) return end(meaning);
      clearTimeout(late);
      socket.close();
      reject(error);
    });
    socket.once("message", () => end("open"));
    socket.connect(port, address, () => socket.send(""));
  });
}
