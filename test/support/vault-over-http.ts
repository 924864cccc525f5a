import { json } from "node:stream/consumers";
import type { Generations, IssuedList } from "../../bot/operations/ports.ts";
import { httpServer } from "./tls-server.ts";

type Method = "generations.read" | "generations.write" | "issued.serials" | "issued.read";

/** Hands a test's Vault stand-in to another process. */
export async function serveVault(vault: {
  generations: Generations;
  issued: IssuedList;
}): Promise<AsyncDisposable & { url: string }> {
  const answer = async (method: string, args: never): Promise<unknown> => {
    switch (method as Method) {
      case "generations.read":
        return vault.generations.read(...(args as Parameters<Generations["read"]>));
      case "generations.write":
        return vault.generations.write(...(args as Parameters<Generations["write"]>));
      case "issued.serials":
        return vault.issued.serials(...(args as Parameters<IssuedList["serials"]>));
      case "issued.read":
        return vault.issued.read(...(args as Parameters<IssuedList["read"]>));
    }
  };
  const server = await httpServer((request, response) => {
    void json(request)
      .then((args) => answer(request.url?.slice(1) ?? "", args as never))
      .then((reply) => response.end(JSON.stringify(reply)));
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The other end. */
export function vaultAt(url: string): { generations: Generations; issued: IssuedList } {
  const call = async <T>(method: Method, ...args: unknown[]): Promise<T> => {
    const reply = await fetch(`${url}/${method}`, { method: "POST", body: JSON.stringify(args) });
    return (await reply.json()) as T;
  };
  return {
    generations: {
      read: (at) => call("generations.read", at),
      write: (at, instances, version) => call("generations.write", at, instances, version),
    },
    issued: {
      serials: (mount) => call("issued.serials", mount),
      read: (mount, serial) => call("issued.read", mount, serial),
    },
  };
}
