import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { VaultHealth } from "../../domain/vault-health.ts";
import type { VaultClient } from "./client.ts";

const reply = z.object({ initialized: z.boolean(), sealed: z.boolean(), standby: z.boolean() });

/** How Vault is, never throwing. */
export async function vaultHealth(vault: Pick<VaultClient, "health">): Promise<VaultHealth> {
  let answer: unknown;
  try {
    answer = await vault.health();
  } catch (error) {
    return { state: "down", why: error instanceof Failure ? error.message : "It could not be asked." };
  }
  const { success, data } = reply.safeParse(answer);
  if (!success) return { state: "down", why: "What answers in its place is not Vault." };
  if (!data.initialized) return { state: "down", why: "It has not been initialised." };
  if (data.sealed) return { state: "sealed", why: "It is sealed." };
  return data.standby ? { state: "standby", why: null } : { state: "ok", why: null };
}
