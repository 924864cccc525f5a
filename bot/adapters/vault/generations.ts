import { z } from "zod";
import type { VaultAgentDeployment } from "../../domain/deployment.ts";
import { Failure } from "../../errors.ts";
import type { Generations } from "../../operations/ports.ts";
import type { VaultClient } from "./client.ts";

const secret = z.object({
  data: z.object({ data: z.record(z.string(), z.string()), metadata: z.object({ version: z.int() }) }),
});

/** Each service's secret in KV v2: one field per instance, its generation. */
export function generations(vault: Pick<VaultClient, "read" | "write">): Generations<VaultAgentDeployment> {
  return {
    async read({ mount, path }) {
      const reply = await vault.read(`${mount}/data/${path}`);
      if (reply === null) return { version: 0, instances: {} };
      const { data, success } = secret.safeParse(reply);
      if (success) return { version: data.data.metadata.version, instances: data.data.data };
      throw new Failure(
        "vault-secret-unreadable",
        `${mount}/${path} in Vault is not one generation per instance.`,
        "It holds a field for each instance, each a text such as g0. See `deployment` in certops.yaml.",
      );
    },

    async write({ mount, path }, instances, version) {
      try {
        await vault.write(`${mount}/data/${path}`, { data: instances, options: { cas: version } });
        return true;
      } catch (error) {
        if (error instanceof Failure && error.code === "vault-conflict") return false;
        throw error;
      }
    },
  };
}
