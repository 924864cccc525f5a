import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { GateLock, HeldGate, Journal } from "../../operations/firewall/ports.ts";
import { pause } from "../../operations/waiting.ts";
import { orAborted } from "../or-aborted.ts";
import type { ConsulClient } from "./client.ts";

// A lock as https://developer.hashicorp.com/consul/docs/automate/session has it; its value is the holder's journal.

interface LockOptions {
  /** Which bot this is: the same after a restart, another one for every bot that may run beside it. */
  owner: string;
  key?: string;
  /** How long it outlives a holder that says nothing any more. Consul takes ten seconds at least. */
  ttlMs?: number;
  /** How long one waits for its turn. */
  waitMs?: number;
}

const entryShape = z.array(
  z.object({ Value: z.string().nullable(), ModifyIndex: z.int(), Session: z.string().optional() }),
);
const sessionShape = z.array(z.object({ ID: z.string(), Name: z.string() }));

type Entry = z.infer<typeof entryShape>[number];

const journalShape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("inspect"), request: z.string(), candidate: z.string(), over: z.string() }),
  z.object({ kind: z.literal("run"), request: z.string(), candidate: z.string(), over: z.string(), revision: z.int() }),
]);

/** Of one process make one of these only: what the same owner holds otherwise is left from before a restart. */
export function gateLock(consul: Pick<ConsulClient, "get" | "put" | "transact">, options: LockOptions): GateLock {
  const { owner, key = "certops/firewall-gate", ttlMs = 15_000, waitMs = 60_000 } = options;
  const name = `certops firewall gate: ${owner}`;
  let last: Promise<unknown> = Promise.resolve();

  const endSession = async (id: string): Promise<void> => {
    await consul.put(`/v1/session/destroy/${id}`, {}, z.boolean());
  };

  const entry = async (after: number | null) => {
    const blocking = after === null ? "consistent" : `index=${after}&wait=2s`;
    const [found] = (await consul.get(`/v1/kv/${key}?${blocking}`, entryShape)) ?? [];
    return found ?? null;
  };

  /** A holder of our name that is not in this process is dead: the store lets no second one run. */
  const endOwnFormer = async (session: string): Promise<void> => {
    const [held] = (await consul.get(`/v1/session/info/${session}?consistent`, sessionShape)) ?? [];
    if (held?.Name === name) await endSession(held.ID);
  };

  const lock = async (session: string, signal: AbortSignal): Promise<Journal | null> => {
    let seen: number | null = null;
    for (;;) {
      const held: Entry | null = await orAborted(signal, entry(seen));
      seen = held?.ModifyIndex ?? null;
      if (held?.Session !== undefined) {
        await endOwnFormer(held.Session);
        continue;
      }
      const same =
        held === null
          ? { Verb: "check-not-exists" as const, Key: key }
          : { Verb: "check-index" as const, Key: key, Index: held.ModifyIndex };
      const Value = held?.Value ?? "";
      if (await consul.transact([same, { Verb: "lock", Key: key, Value, Session: session }])) return journalIn(Value);
      // Somebody was quicker.
      seen = null;
      await pause(50, signal);
    }
  };

  return {
    async take(signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      const late = AbortSignal.timeout(waitMs);
      const patience = AbortSignal.any([signal, late]);
      try {
        await orAborted(patience, before);
        const session = await consul.put(
          "/v1/session/create",
          { Name: name, TTL: `${Math.round(ttlMs / 1_000)}s`, LockDelay: "0s", Behavior: "release" },
          z.object({ ID: z.string() }),
        );
        const keeper = keepAlive(consul, { id: session.ID, ttlMs });
        const end = async (): Promise<void> => {
          await keeper[Symbol.asyncDispose]();
          // A session that cannot be ended now ends by itself.
          await endSession(session.ID).catch(() => {});
          turn.resolve();
        };
        try {
          const left = await lock(session.ID, AbortSignal.any([patience, keeper.lost]));
          return heldGate(consul, { key, session: session.ID, left, lost: keeper.lost, lose: keeper.lose, end });
        } catch (error) {
          await end();
          throw error;
        }
      } catch (error) {
        // Those behind wait for whoever was before, not for one that gave up.
        void before.then(() => turn.resolve());
        if (!late.aborted || signal.aborted) throw error;
        throw new Failure(
          "gate-busy",
          `The firewall is being changed by somebody else: nothing was done within ${waitMs / 1_000} s.`,
          "Try again in a moment.",
          { cause: error },
        );
      }
    },
  };
}

interface Hold {
  key: string;
  session: string;
  left: Journal | null;
  lost: AbortSignal;
  lose: () => void;
  end: () => Promise<void>;
}

function heldGate(consul: Pick<ConsulClient, "transact">, { key, session, left, lost, lose, end }: Hold): HeldGate {
  let journal = left;
  const valueOf = (told: Journal | null) => Buffer.from(JSON.stringify(told)).toString("base64");
  return {
    left,
    lost,
    async write(next) {
      lost.throwIfAborted();
      if (await consul.transact([{ Verb: "lock", Key: key, Value: valueOf(next), Session: session }])) {
        journal = next;
        return;
      }
      lose();
      throw lostGate();
    },
    async [Symbol.asyncDispose]() {
      if (!lost.aborted) {
        const freed = { Verb: "unlock" as const, Key: key, Value: valueOf(journal), Session: session };
        await consul.transact([freed]).catch(() => false);
      }
      await end();
    },
  };
}

function lostGate(): Failure {
  return new Failure(
    "gate-lost",
    "The lock over the firewall was lost on the way.",
    "Nothing to do: whoever holds it next puts things in order, and the request goes on.",
  );
}

/** Renews the session; `lost` aborts before Consul can have given the lock to another. */
function keepAlive(
  consul: Pick<ConsulClient, "put">,
  { id, ttlMs }: { id: string; ttlMs: number },
): AsyncDisposable & { lost: AbortSignal; lose: () => void } {
  const stop = new AbortController();
  const lost = new AbortController();
  const lose = () => lost.abort(lostGate());
  const renew = async (): Promise<void> => {
    let sure = performance.now();
    while (!stop.signal.aborted) {
      await pause(ttlMs / 5, stop.signal);
      if (stop.signal.aborted) return;
      const asked = performance.now();
      try {
        await consul.put(`/v1/session/renew/${id}`, {}, sessionShape);
        sure = asked;
      } catch (error) {
        // Consul has ended it; of one that does not answer it is not known before its time has run out.
        if (error instanceof Failure && error.code === "consul-refused") return lose();
      }
      if (performance.now() - sure > ttlMs * 0.8) return lose();
    }
  };
  const renewing = renew();
  return {
    lost: lost.signal,
    lose,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await renewing;
    },
  };
}

function journalIn(value: string): Journal | null {
  try {
    return journalShape.safeParse(JSON.parse(Buffer.from(value, "base64").toString())).data ?? null;
  } catch {
    return null;
  }
}
