import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Holds `name` for as long as this process lives or until disposed; null when another process holds it.
 * An abstract socket is what the kernel itself frees when its owner dies, however it dies: no stale lock is ever left.
 */
export async function hold(name: string): Promise<AsyncDisposable | null> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen(`\0certops-${name}`);
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return null;
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
