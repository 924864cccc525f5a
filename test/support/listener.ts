import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A port that takes connections and says nothing; it keeps them, and what came over them. */
export class Listener implements AsyncDisposable {
  readonly #server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on("error", () => {}).on("data", (data: Buffer) => (this.received += data.length));
  });
  readonly sockets: Socket[] = [];
  /** Bytes. */
  received = 0;

  static async start(): Promise<Listener> {
    const listener = new Listener();
    listener.#server.listen(0, "127.0.0.1");
    await once(listener.#server, "listening");
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many are open. */
  get open(): number {
    return this.sockets.filter(({ closed }) => !closed).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
