import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { Router } from "../../operations/firewall/ports.ts";
import { guardedClient, saidBy } from "./guarded-client.ts";
import type { OwnIdentity } from "../identity-agent.ts";

/** It gives nft five seconds, and may have to wait for another reading before it. */
const askMs = 12_000;

const reply = z.object({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  counters: z.record(z.string(), z.object({ packets: z.int(), bytes: z.int() })),
  rules: z.array(z.string()),
  // A reader of before tells neither.
  gaps: z.array(z.enum(["no-table", "no-drop", "accepts"])).default([]),
  aside: z.array(z.object({ table: z.string(), does: z.array(z.string()), digest: z.string() })).default([]),
});

/** The reader beside the router. Fails with `router-unreadable`, `router-odd`, or what `guardedClient` fails with. */
export function firewallRouter(address: string, identity: OwnIdentity): Router {
  const guarded = { kind: "router" as const, name: "the router's reader", address, setting: "firewall.router" };
  const client = guardedClient(guarded, identity);
  return {
    async ruleset() {
      const answer = await client.ask({ method: "GET", path: "/ruleset", deadlineMs: askMs });
      if (answer.status !== 200) {
        throw new Failure(
          "router-unreadable",
          `The router's reader at ${address} cannot tell its rules: ${saidBy(answer)}.`,
          "It needs nft, and leave to list the table inet certops in the router's network namespace.",
        );
      }
      const { success, data, error } = reply.safeParse(answer.body);
      if (success) return data;
      throw new Failure(
        "router-odd",
        `What answers at ${address} is not the router's reader.`,
        "Correct firewall.router in certops.yaml.",
        { cause: error },
      );
    },
  };
}
