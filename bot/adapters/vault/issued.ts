import { z } from "zod";
import type { Certificate } from "../../domain/certificate.ts";
import { Failure } from "../../errors.ts";
import type { IssuedList } from "../../operations/ports.ts";
import { certificatesIn } from "../x509.ts";
import type { VaultClient } from "./client.ts";

const reply = z.object({ data: z.object({ certificate: z.string() }) });

/** Vault's own list of what a PKI mount has issued and not tidied away yet. */
export function issuedList(vault: Pick<VaultClient, "list" | "read">): IssuedList {
  return {
    serials: async (mount) => (await vault.list(`${mount}/certs`)).map((serial) => serial.replaceAll("-", ":")),

    async read(mount, serial) {
      const { success, data } = reply.safeParse(await vault.read(`${mount}/cert/${serial}`));
      return success ? firstIn(data.data.certificate, serial) : null;
    },
  };
}

function firstIn(pem: string, serial: string): Certificate | null {
  try {
    return certificatesIn(pem, `Vault's answer for ${serial}`)[0] ?? null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
