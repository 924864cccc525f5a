import { z } from "zod";
import { sealKey } from "../../domain/firewall/sealed-keys.ts";
import { Failure } from "../../errors.ts";
import type { HeldKey, KeyChange, RuleKeys } from "../../operations/firewall/ports.ts";
import type { ConsulClient, TransactionStep } from "./client.ts";

// https://developer.hashicorp.com/consul/api-docs/kv

const prefix = "firewall/";

const pairs = z.array(z.object({ Key: z.string(), Value: z.string().nullable(), ModifyIndex: z.int() }));

/** Consul takes no more operations in one transaction. */
const mostAtOnce = 128;

/**
 * Everything under `firewall/`: read from the leader, changed in one transaction. What is too long for one, such as all of
 * many rules put back, goes in several with the seal in the last: until then nothing of it can be applied.
 */
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

    async write(change) {
      const steps = stepsOf(change).toSorted((a, b) => Number(a.Key === sealKey) - Number(b.Key === sealKey));
      for (let done = 0; done < steps.length; done += mostAtOnce) {
        if (!(await consul.transact(steps.slice(done, done + mostAtOnce)))) return false;
      }
      return true;
    },
  };
}

type KeyStep = Exclude<TransactionStep, { Verb: "lock" | "unlock" | "check-not-exists" }>;

function stepsOf({ set, remove }: KeyChange): KeyStep[] {
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
