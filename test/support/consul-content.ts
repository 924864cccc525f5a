import { randomUUID } from "node:crypto";
import { request } from "undici";

/** What a test puts into Consul: keys under a path of its own, and services. */
export class ConsulContent {
  /** Ends with a slash. */
  readonly path = `contract/${randomUUID()}/`;
  readonly #address: string;
  readonly #token: string;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  /** The value goes in as it is. */
  async put(key: string, value: string): Promise<void> {
    await this.#ask("PUT", this.#at(key), value);
  }

  /** The key and all that begin with it. */
  async remove(key: string): Promise<void> {
    await this.#ask("DELETE", `${this.#at(key)}?recurse`);
  }

  /** The one instance of a service, on a node of its own. */
  async register(service: string, address: string): Promise<void> {
    await this.#ask(
      "PUT",
      "/v1/catalog/register",
      JSON.stringify({
        Node: `${service}-node`,
        Address: "10.9.9.9",
        Service: {
          ID: `${service}-1`,
          Service: service,
          Address: address,
          Port: 80,
          Tags: ["b", "a"],
          Meta: { k: 'v"${x}' },
        },
      }),
    );
  }

  async deregister(service: string): Promise<void> {
    await this.#ask("PUT", "/v1/catalog/deregister", JSON.stringify({ Node: `${service}-node` }));
  }

  #at(key: string): string {
    return `/v1/kv/${(this.path + key).split("/").map(encodeURIComponent).join("/")}`;
  }

  async #ask(method: "PUT" | "DELETE", path: string, body?: string): Promise<void> {
    const headers = { "x-consul-token": this.#token };
    const { statusCode, body: answer } = await request(this.#address + path, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    if (statusCode !== 200) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
  }
}
