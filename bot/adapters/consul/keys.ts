import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { HeldKey, KeyChange, RuleKeys } from "../../operations/firewall/ports.ts";
import type { ConsulClient, TransactionStep } from "./client.ts";

// https://developer.hashicorp.com/consul/api-docs/kv

const prefix = "firewall/";

const pairs = z.array(z.object({ Key: z.string(), Value: z.string().nullable(), ModifyIndex: z.int() }));

/** Everything under `firewall/`: read from the leader, changed in one transaction. */
export function ruleKeys(consul: Pick<ConsulClient, "get" | "transact">): RuleKeys {
  return {
    async read() {
      const found = (await consul.get(`/v1/kv/${prefix}?recurse&consistent`, pairs)) ?? [];
      return Object.fromEntries(
        found.map(({ Key, Value, ModifyIndex }): [string, HeldKey] => [
          Key,
          { value: Buffer.from(Value ?? "", "base64").toString(), index: ModifyIndex },
        ]),
      );
    },

    write(change) {
      const steps = stepsOf(change);
      return steps.length === 0 ? Promise.resolve(true) : consul.transact(steps);
    },
  };
}

function stepsOf({ set, remove }: KeyChange): TransactionStep[] {
  const foreign = [...set, ...remove].find(({ key }) => !key.startsWith(prefix));
  if (foreign !== undefined) {
    throw new Failure("firewall-key", `${JSON.stringify(foreign.key)} is no key under ${prefix}.`, "Report this.");
  }
  return [
    ...set.map(({ key, value, index }) => ({ Verb: "cas" as const, Key: key, Value: base64(value), Index: index })),
    ...remove.map(({ key, index }) => ({ Verb: "delete-cas" as const, Key: key, Index: index })),
  ];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
