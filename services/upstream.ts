import { Agent, Client } from "undici";
import { get } from "./get.ts";
import type { Address, Result } from "./peer.ts";

/** Calls the other service through the sidecar's listener on this machine, in plain HTTP. Never rejects. */
export class Upstream {
  readonly service: string;
  readonly #deadlineMs: number;
  readonly #kept = new Agent();

  constructor(service: string, deadlineMs: number) {
    this.service = service;
    this.#deadlineMs = deadlineMs;
  }

  /** One request over a connection of its own. */
  async callFresh(address: Address): Promise<{ result: Result }> {
    const client = new Client(origin(address));
    const result = await get(client, origin(address), this.service, this.#deadlineMs);
    await client.destroy();
    return { result };
  }

  /** One request over a connection that is kept alive. */
  callKept(address: Address): Promise<Result> {
    return get(this.#kept, origin(address), this.service, this.#deadlineMs);
  }

  async stop(): Promise<void> {
    await this.#kept.destroy();
  }
}

function origin({ host, port }: Address): string {
  return `http://${host}:${port}`;
}
