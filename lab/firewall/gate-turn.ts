import { z } from "zod";
import { eventually } from "../eventually.ts";
import { GATE_KEY } from "../stack/consul-access.ts";
import type { Ask } from "../stack/consul-api.ts";

const TTL = "60s";
const LOOK_EVERY_MS = 500;

const sessionReply = z.object({ ID: z.string() });
const keyReply = z.array(
  z.object({ Value: z.string().nullable(), ModifyIndex: z.number(), Session: z.string().optional() }),
);

/**
 * Holds the lock that whoever changes the firewall holds, from when it is free until disposed of, a minute at most. What
 * its last holder wrote there stays as it was.
 */
export async function takeGate(ask: Ask, signal: AbortSignal): Promise<AsyncDisposable> {
  return eventually("the firewall's gate to be idle", () => tryGate(ask), signal, LOOK_EVERY_MS);
}

async function tryGate(ask: Ask): Promise<AsyncDisposable | null> {
  const [held] = keyReply.parse((await ask("GET", `/v1/kv/${GATE_KEY}?consistent`)) ?? []);
  if (held?.Session !== undefined) return null;
  const { ID } = sessionReply.parse(
    await ask("PUT", "/v1/session/create", { Name: "lab: a new certificate for CTS", TTL, LockDelay: "0s" }),
  );
  const destroy = async () => void (await ask("PUT", `/v1/session/destroy/${ID}`));
  // Only as it was read: its value is written with the lock.
  const asRead = held
    ? { Verb: "check-index", Key: GATE_KEY, Index: held.ModifyIndex }
    : { Verb: "check-not-exists", Key: GATE_KEY };
  const locked = { Verb: "lock", Key: GATE_KEY, Value: held?.Value ?? "", Session: ID };
  try {
    await ask("PUT", "/v1/txn", [{ KV: asRead }, { KV: locked }]);
    return { [Symbol.asyncDispose]: destroy };
  } catch {
    await destroy();
    return null;
  }
}
