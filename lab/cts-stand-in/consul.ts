import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { z } from "zod";
import type { ConsulSettings } from "./config-file.ts";
import type { KvSource, ServicesSource } from "./task.ts";
import type { KeyValue, ServiceInstance } from "./tfvars.ts";

/** What Consul answered, and the index beyond which to wait for the next answer. */
export interface Answer<T> {
  data: T;
  index: number;
}

/** How long Consul may hold a question back before it answers with what it had. */
const WAIT = "60s";
const ANSWER_MS = 90_000;

const texts = z
  .record(z.string(), z.string())
  .nullable()
  .transform((found) => found ?? {});
const pairs = z.array(z.object({ Key: z.string(), Value: z.string().nullable() }));
const entries = z.array(
  z.object({
    Node: z.object({
      ID: z.string(),
      Node: z.string(),
      Address: z.string(),
      Datacenter: z.string(),
      TaggedAddresses: texts,
      Meta: texts,
    }),
    Service: z.object({
      ID: z.string(),
      Service: z.string(),
      Kind: z.string().default(""),
      Address: z.string(),
      Port: z.number(),
      Tags: z.array(z.string()).nullable(),
      Meta: texts,
      Namespace: z.string().default(""),
    }),
    Checks: z.array(z.object({ Status: z.string() })),
  }),
);

/** The questions that CTS asks Consul. An error begins with the question, as CTS tells it. */
export class Consul implements AsyncDisposable {
  readonly #origin: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;

  constructor({ address, token, tls }: ConsulSettings) {
    this.#origin = `${tls.enabled ? "https" : "http"}://${address}`;
    this.#headers = token === "" ? {} : { "x-consul-token": token };
    this.#agent = new Agent({
      headersTimeout: ANSWER_MS,
      connect: {
        rejectUnauthorized: tls.verify,
        ...(tls.ca_cert && { ca: readFileSync(tls.ca_cert) }),
        ...(tls.cert && { cert: readFileSync(tls.cert) }),
        ...(tls.key && { key: readFileSync(tls.key) }),
        ...(tls.server_name && { servername: tls.server_name }),
      },
    });
  }

  /** Throws when Consul does not answer. */
  async reach(signal: AbortSignal): Promise<void> {
    await this.#ask("status", "/v1/status/leader", {}, signal);
  }

  /** Index 0 is answered at once. */
  async keys(source: KvSource, index: number, signal: AbortSignal): Promise<Answer<KeyValue[]>> {
    const { path, recurse, datacenter, namespace } = source;
    const question = recurse ? `kv.list(${path})` : `kv.exists.get(${path})`;
    const at = `/v1/kv/${path.split("/").map(encodeURIComponent).join("/")}`;
    const query = { ...blocking(index, datacenter, namespace), ...(recurse && { recurse: "" }) };
    const answer = await this.#ask(question, at, query, signal);
    const found = pairs.parse(answer.data ?? []);
    const data = found.map(({ Key, Value }) => ({ path: Key, value: Buffer.from(Value ?? "", "base64").toString() }));
    return { data, index: answer.index };
  }

  /** The passing instances of one service; others too when the filter speaks of their state. */
  async instances(
    name: string,
    source: ServicesSource,
    index: number,
    signal: AbortSignal,
  ): Promise<Answer<ServiceInstance[]>> {
    const { datacenter, namespace, filter } = source;
    const query = {
      ...blocking(index, datacenter, namespace),
      ...(filter !== "" && { filter }),
      ...(!filter.includes("Checks.Status") && { passing: "1" }),
    };
    const at = `/v1/health/service/${encodeURIComponent(name)}`;
    const answer = await this.#ask(`health.service(${name})`, at, query, signal);
    const data = entries.parse(answer.data).map(instanceOf).toSorted(byNodeThenId);
    return { data, index: answer.index };
  }

  /** JSON, or null where there is nothing. */
  async #ask(
    question: string,
    path: string,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Answer<unknown>> {
    const options = { dispatcher: this.#agent, headers: this.#headers, query, signal };
    try {
      const { statusCode, headers, body } = await request(this.#origin + path, options);
      const text = await body.text();
      if (statusCode !== 200 && statusCode !== 404)
        throw new Error(`Unexpected response code: ${statusCode} (${text})`);
      return { data: statusCode === 404 ? null : JSON.parse(text), index: Number(headers["x-consul-index"] ?? 0) };
    } catch (cause) {
      throw new Error(`${question}: ${cause instanceof Error ? cause.message || String(cause) : String(cause)}`, {
        cause,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

function blocking(index: number, dc: string, ns: string): Record<string, string> {
  return {
    ...(index > 0 && { index: String(index), wait: WAIT }),
    ...(dc !== "" && { dc }),
    ...(ns !== "" && { ns }),
  };
}

function instanceOf({ Node, Service, Checks }: z.infer<typeof entries>[number]): ServiceInstance {
  return {
    id: Service.ID,
    name: Service.Service,
    kind: Service.Kind,
    address: Service.Address === "" ? Node.Address : Service.Address,
    port: Service.Port,
    meta: Service.Meta,
    tags: (Service.Tags ?? []).toSorted(),
    namespace: Service.Namespace,
    status: ["critical", "warning"].find((status) => Checks.some(({ Status }) => Status === status)) ?? "passing",
    node: Node.Node,
    node_id: Node.ID,
    node_address: Node.Address,
    node_datacenter: Node.Datacenter,
    node_tagged_addresses: Node.TaggedAddresses,
    node_meta: Node.Meta,
  };
}

function byNodeThenId(a: ServiceInstance, b: ServiceInstance): number {
  const order = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);
  return order(a.node, b.node) || order(a.id, b.id);
}
