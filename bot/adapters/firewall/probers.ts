import { z } from "zod";
import type { PacketSeen } from "../../domain/firewall/packet.ts";
import type { Zone } from "../../domain/firewall/policy.ts";
import { Failure } from "../../errors.ts";
import type { GrantedPath, HeldFlow, ProbeGrant, Probers } from "../../operations/firewall/ports.ts";
import { type GuardedClient, guardedClient, type GuardedReply, saidBy } from "./guarded-client.ts";
import type { OwnIdentity } from "../identity-agent.ts";

const askMs = 5_000;

interface Prober {
  zone: string;
  client: GuardedClient;
}

/**
 * The probers of those zones that have one. Fails with `prober-none`, `prober-refused`, `prober-odd`, `prober-not-open`,
 * `prober-flow-lost`, or what `guardedClient` fails with.
 */
export function firewallProbers(zones: Pick<Zone, "name" | "prober">[], identity: OwnIdentity): Probers {
  const probers = zones.flatMap(({ name, prober }): Prober[] => {
    if (prober === null) return [];
    const setting = `firewall.zones.${name}.prober`;
    const guarded = { kind: "prober" as const, name: `the prober of ${name}`, address: prober, setting };
    return [{ zone: name, client: guardedClient(guarded, identity) }];
  });
  const inZone = (zone: string): Prober => {
    const found = probers.find((prober) => prober.zone === zone);
    if (found !== undefined) return found;
    throw new Failure(
      "prober-none",
      `The zone ${zone} has no prober.`,
      `Run one there, and name it: firewall.zones.${zone}.prober in certops.yaml.`,
    );
  };

  return {
    async grant(id, { zone, ...grant }) {
      await all((zone === undefined ? probers : [inZone(zone)]).map((prober) => putGrant(prober, id, grant)));
    },

    async revoke(id) {
      await all(
        probers.map((prober) =>
          done(prober, { method: "DELETE", path: `/grants/${encodeURIComponent(id)}`, deadlineMs: askMs }),
        ),
      );
    },

    // Only what the prober takes: a path may come with more than that.
    async try({ zone, grant, address, port, protocol }, deadlineMs) {
      const target = { grant, address, port, ...(protocol === "udp" && { protocol }) };
      try {
        return await tryOnce(inZone(zone), target, deadlineMs);
      } catch (error) {
        if (error instanceof Failure) return { outcome: "unknown", why: error.message };
        throw error;
      }
    },

    hold: async ({ zone, grant, address, port }, deadlineMs) =>
      hold(inZone(zone), { grant, address, port }, deadlineMs),
  };
}

type Target = Omit<GrantedPath, "zone">;

function putGrant(prober: Prober, id: string, body: Omit<ProbeGrant, "zone">): Promise<void> {
  return done(prober, { method: "PUT", path: `/grants/${encodeURIComponent(id)}`, body, deadlineMs: askMs });
}

const triedReply = z.object({ outcome: z.enum(["open", "refused", "silent", "unreachable"]) });

async function tryOnce(prober: Prober, target: Target, deadlineMs: number): Promise<PacketSeen> {
  const body = { ...target, deadlineMs };
  const reply = await prober.client.ask({ method: "POST", path: "/tries", body, deadlineMs: deadlineMs + askMs });
  const { outcome } = understood(prober, reply, 200, triedReply);
  if (outcome !== "unreachable") return { outcome, why: null };
  return {
    outcome: "unknown",
    why: `From ${prober.zone}, the network says that there is no way to ${target.address}.`,
  };
}

const heldReply = z.object({ id: z.string() });
const notHeldReply = z.object({ outcome: z.string() });

async function hold(prober: Prober, target: Target, deadlineMs: number): Promise<HeldFlow> {
  const body = { ...target, deadlineMs };
  const reply = await prober.client.ask({ method: "POST", path: "/held", body, deadlineMs: deadlineMs + askMs });
  if (reply.status === 409) {
    const { outcome } = understood(prober, reply, 409, notHeldReply);
    throw new Failure(
      "prober-not-open",
      `No connection from ${prober.zone} to ${target.address} port ${target.port} came to be: ${outcome}.`,
      "See whether something listens there.",
    );
  }
  const path = `/held/${encodeURIComponent(understood(prober, reply, 201, heldReply).id)}`;
  return {
    state: () => stateOf(prober, path),
    [Symbol.asyncDispose]: () => done(prober, { method: "DELETE", path, deadlineMs: askMs }),
  };
}

const flowReply = z.union([
  z.object({ outcome: z.literal("alive") }),
  z.object({ outcome: z.literal("ended"), how: z.string() }),
]);

/** Ended in a way that only who enforces the rules brings about; any other end shows nothing of them. */
const byTheRouter: Record<string, string> = { reset: "it was reset", silent: "nothing answers on it any more" };

const otherEnds: Record<string, string> = {
  closed: "the host at its other end closed it",
  overdue: "it was held for as long as the prober holds one",
  withdrawn: "its grant was taken back",
};

async function stateOf(prober: Prober, path: string): Promise<{ alive: true } | { alive: false; how: string }> {
  const reply = await prober.client.ask({ method: "GET", path, deadlineMs: askMs });
  if (reply.status === 404) throw lost(prober, "the prober does not know of it any more");
  const flow = understood(prober, reply, 200, flowReply);
  if (flow.outcome === "alive") return { alive: true };
  const how = byTheRouter[flow.how];
  if (how !== undefined) return { alive: false, how };
  throw lost(prober, otherEnds[flow.how] ?? flow.how);
}

function lost({ zone }: Prober, why: string): Failure {
  return new Failure(
    "prober-flow-lost",
    `Whether the connection that was held from ${zone} would have ended is not known: ${why}.`,
    "Try the path: /firewall check.",
  );
}

async function done(prober: Prober, asked: Parameters<GuardedClient["ask"]>[0]): Promise<void> {
  const reply = await prober.client.ask(asked);
  if (reply.status !== 204) throw refused(prober, reply);
}

function understood<T>(prober: Prober, reply: GuardedReply, status: number, shape: z.ZodType<T>): T {
  if (reply.status !== status) throw refused(prober, reply);
  const { success, data, error } = shape.safeParse(reply.body);
  if (success) return data;
  throw new Failure(
    "prober-odd",
    `What answers in place of the prober of ${prober.zone} is none.`,
    `Correct firewall.zones.${prober.zone}.prober in certops.yaml.`,
    { cause: error },
  );
}

function refused({ zone }: Prober, reply: GuardedReply): Failure {
  return new Failure(
    "prober-refused",
    `The prober of ${zone} refused: ${saidBy(reply)}.`,
    "A prober that was started anew knows of no grant: try again. Otherwise look at its log.",
  );
}

/** All of them, also when one fails; then throws that failure. */
async function all(asked: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(asked)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
