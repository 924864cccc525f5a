import { Agent } from "node:https";
import Consul from "consul";
import { z } from "zod";
import { listingOf } from "../../domain/catalog.ts";
import { Failure } from "../../errors.ts";
import type { Catalog, Told } from "../../operations/ports.ts";
import { fileOr } from "../secret-file.ts";
import { type TokenAccess, tokenOf } from "../token-api.ts";
import { unreachable } from "../unreachable.ts";
import { consulSystem } from "./client.ts";
import { denied, failureOf } from "./failure.ts";

/** https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-a-service */
const entries = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({
      Address: z.string(),
      Port: z.int(),
      Tags: z.array(z.string()).nullable(),
      CreateIndex: z.int(),
    }),
  }),
);

/** What of a reply the package hands on that matters here. */
const answer = z.object({
  statusCode: z.int(),
  headers: z.object({
    "x-consul-index": z.coerce.number(),
    "x-consul-results-filtered-by-acls": z.string().optional(),
  }),
});

const refusal = z.object({ statusCode: z.int(), body: z.unknown() });

/**
 * Consul's health endpoint by blocking queries: every instance, whatever its checks say, for certops looks itself.
 * `waitMs`: as long as one question waits; that Consul is gone without a word is noticed a little after it.
 */
export function consulCatalog(access: Omit<TokenAccess, "deadlineMs">, waitMs = 10_000): Catalog {
  const token = tokenOf(consulSystem, access.tokenFile);
  return {
    listed: (place, after, signal) =>
      token.use(async (value) => {
        const agent = await agentFor(access);
        const consul = new Consul({ ...placeOf(access.address), ...(agent && { agent }) });
        try {
          const { service, tag } = place;
          const options = { service, tag, token: value, wait: `${waitMs}ms`, index: String(after ?? 0) };
          return await nextChange(consul, { options, address: access.address, tag }, signal);
        } finally {
          consul.destroy();
        }
      }),
  };
}

function nextChange(
  consul: Consul,
  { options, address, tag }: { options: Record<string, string>; address: string; tag: string },
  signal: AbortSignal,
): Promise<Told> {
  const { promise, resolve, reject } = Promise.withResolvers<Told>();
  const what = `read the instances of ${options["service"]}`;
  // Another try, and how long to wait before it, is not the package's to decide.
  const method = (asked: { service: string }) => consul.health.service(asked);
  const watch = consul.watch({ method, options, maxAttempts: 0 });
  watch.once("change", (data: unknown, reply: unknown) => {
    try {
      resolve(told(data, reply, { tag, what }));
    } catch (error) {
      reject(error);
    }
  });
  // What is thrown holds the request's headers, and with them the token: nothing of it goes on.
  watch.once("error", (error: unknown, reply: unknown) => reject(whyNot(error, reply, { what, address })));
  const stop = () => reject(unreachable(consulSystem, signal.reason, address));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    watch.end();
  });
}

function told(data: unknown, reply: unknown, { tag, what }: { tag: string; what: string }): Told {
  const found = entries.safeParse(data);
  const head = answer.safeParse(reply);
  if (!found.success || !head.success) {
    throw new Failure("consul-odd", "What Consul says of a service is not understood.", "See which version it is.");
  }
  const { headers } = head.data;
  // A token without the right to read is answered with an empty list.
  if (headers["x-consul-results-filtered-by-acls"] === "true" && found.data.length === 0) throw denied(what, "");
  const registrations = found.data.map(({ Node, Service }) => ({
    tags: Service.Tags ?? [],
    host: Service.Address || Node.Address,
    port: Service.Port,
    registered: Service.CreateIndex,
  }));
  return { listing: listingOf(registrations, tag), index: headers["x-consul-index"] };
}

function whyNot(error: unknown, reply: unknown, { what, address }: { what: string; address: string }): Failure {
  const { success, data } = refusal.safeParse(reply);
  if (!success) return unreachable(consulSystem, timedOut.safeParse(error).success ? late : error, address);
  const text = typeof data.body === "string" ? data.body : JSON.stringify(data.body ?? "");
  return data.statusCode === 403 ? denied(what, text) : failureOf({ status: data.statusCode, text }, what, address);
}

const timedOut = z.object({ isTimeout: z.literal(true) });
const late = new DOMException("", "TimeoutError");

/** A new one for each question: roots that were replaced, also by a rotation of Connect's, are those of the next. */
async function agentFor({ address, caFile }: TokenAccess): Promise<Agent | null> {
  if (!address.startsWith("https:")) return null;
  return new Agent({
    ca: await fileOr(caFile, "consul-ca-missing", "Check consul.caFile in certops.yaml."),
    keepAlive: true,
  });
}

function placeOf(address: string): { host: string; port: number; secure: boolean } {
  const { protocol, hostname, port } = new URL(address);
  const secure = protocol === "https:";
  return { host: hostname, port: Number(port) || (secure ? 443 : 80), secure };
}
