import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { Revocations } from "../../operations/ports.ts";
import { revocationListIn } from "../revocation-list.ts";
import type { VaultClient } from "./client.ts";

/** Of an expired one Vault has nothing to say but a warning. */
const revokeReply = z.object({ data: z.object({ revocation_time: z.number() }).nullish() });
const listReply = z.object({ data: z.object({ certificate: z.string() }) });

/** Vault's PKI takes certificates back. Why, it does not keep: its list has no reasons in it. */
export function revocations(vault: Pick<VaultClient, "read" | "write">): Revocations {
  return {
    async revoke(mount, serial) {
      const reply = revokeReply.safeParse(await vault.write(`${mount}/revoke`, { serial_number: serial }));
      if (!reply.success) throw odd(`${mount}/revoke`);
      return reply.data.data ? "revoked" : "expired";
    },

    /** With auto_rebuild on, Vault would leave it until the list in force is about to lapse. */
    async rebuild(mount) {
      await vault.read(`${mount}/crl/rotate`);
    },

    async listed(mount) {
      const reply = listReply.safeParse(await vault.read(`${mount}/cert/crl`));
      if (!reply.success) throw odd(`${mount}/cert/crl`);
      return revocationListIn(reply.data.data.certificate).serials;
    },
  };
}

const odd = (path: string) =>
  new Failure("vault-odd", `What answered for ${path} is not Vault.`, "Check vault.address in certops.yaml.");
