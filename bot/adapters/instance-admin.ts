import { request } from "undici";
import { z } from "zod";
import type { Endpoint } from "../domain/endpoint.ts";
import type { Peer, PeersSeen } from "../domain/blast-radius.ts";
import { Failure } from "../errors.ts";
import { jsonOrNull } from "../domain/json.ts";
import type { InstanceAdmin } from "../operations/ports.ts";

const epoch = z.int().nonnegative();

const swapsReply = z.object({
  swaps: z.array(
    z.object({
      at: epoch,
      outcome: z.enum(["swapped", "refused"]),
      serial: z.string().nullable(),
      generation: z.string().nullable(),
      previousSerial: z.string().nullable(),
      problem: z.string().nullable(),
    }),
  ),
});

const refusalsReply = z.object({
  refusals: z.array(
    z.object({
      at: epoch,
      peerAddress: z.string(),
      peerPort: z.int(),
      code: z.string(),
      cause: z.string(),
      fix: z.string(),
      certificate: z.object({ subject: z.string(), serial: z.string(), notAfter: epoch }).nullable(),
    }),
  ),
});

const revokedReply = z.object({ checks: z.boolean(), named: z.array(z.string()) });

const healthReply = z.object({ problem: z.string().nullable() });

/** Asks an instance's admin port, waiting at most so long for each answer. */
export function instanceAdmin({ deadlineMs }: { deadlineMs: number }): InstanceAdmin {
  const ask = <T>(endpoint: Endpoint, path: string, shape: z.ZodType<T>) => get(endpoint, path, shape, deadlineMs);
  return {
    swaps: async (endpoint) => (await ask(endpoint, "/swaps", swapsReply)).swaps,
    refusals: async (endpoint) => (await ask(endpoint, "/refusals", refusalsReply)).refusals,
    async refused(endpoint, serials) {
      // Without colons, or a few hundred would be more than a request line holds.
      const bare = new Map(serials.map((serial) => [serial.replaceAll(":", ""), serial]));
      const query = new URLSearchParams([...bare.keys()].map((serial) => ["serial", serial]));
      const { checks, named } = await ask(endpoint, `/revoked?${query}`, revokedReply);
      return { checks, named: named.flatMap((serial) => bare.get(serial) ?? []) };
    },
    problem: async (endpoint) => (await ask(endpoint, "/healthz", healthReply)).problem,
    peers: async (endpoint) => peersIn(await text(endpoint, "/metrics", deadlineMs)),
  };
}

/** Prometheus text. */
function peersIn(metrics: string): PeersSeen {
  const read = (metric: string, label: string) =>
    [...metrics.matchAll(new RegExp(`^${metric}\\{${label}=("(?:[^"\\\\]|\\\\.)*")\\} ([0-9.e+]+)$`, "gm"))].map(
      ([, name = "", seconds]): Peer => ({ name: JSON.parse(name), lastAt: Number(seconds) * 1_000 }),
    );
  return {
    callers: read("service_caller_last_request_timestamp_seconds", "caller"),
    calls: read("service_peer_last_request_timestamp_seconds", "peer"),
  };
}

async function get<T>(endpoint: Endpoint, path: string, shape: z.ZodType<T>, deadlineMs: number): Promise<T> {
  const { success, data, error } = shape.safeParse(jsonOrNull(await text(endpoint, path, deadlineMs)));
  if (success) return data;
  throw new Failure(
    "admin-odd",
    `What answers at ${new URL(path, endpoint.admin ?? "").href} is not the admin port of ${endpoint.id}.`,
    "Correct its admin address in certops.yaml.",
    { cause: error },
  );
}

async function text({ id, admin }: Endpoint, path: string, deadlineMs: number): Promise<string> {
  if (admin === null) {
    throw new Failure("admin-none", `${id} has no admin port.`, "Name it in certops.yaml, if the instance has one.");
  }
  const url = new URL(path, admin);
  try {
    const { body } = await request(url, { signal: AbortSignal.timeout(deadlineMs) });
    return await body.text();
  } catch (cause) {
    throw new Failure(
      "admin-unreachable",
      `The admin port of ${id} does not answer at ${url}.`,
      "See whether the instance runs, and whether its admin address in certops.yaml is right.",
      { cause },
    );
  }
}
