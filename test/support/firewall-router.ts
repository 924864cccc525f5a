import { asWritten } from "../../bot/domain/firewall/as-written.ts";
import type { InForce } from "../../bot/domain/firewall/rules-in-force.ts";
import { tellPorts } from "../../bot/domain/firewall/rule.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { Router } from "../../bot/operations/firewall/ports.ts";
import { tableState } from "../../services/firewall/table.ts";
import { type Ran, run } from "./run.ts";

const table = ["list", "table", "inet", "certops"];

/** Reads a test's router, as the reader beside a real one does. */
export function testRouter(enter: string[]): Router {
  return {
    ruleset: async () => tableState(await printed(run([...inRouter(enter), "nft", "-j", "list", "ruleset"]))),
  };
}

/** What `nft --stateless list` printed, without the revision that the table remembers. */
export const withoutRevision = (listed: string) => listed.replace(/\tset revision-\d+ \{\n\t\ttype mark\n\t\}\n\n/, "");

/** What the router's table lets through, in nft's words, and what each set holds: sorted, without anything else. */
export async function enforced(enter: string[]): Promise<string[]> {
  const text = await printed(run([...inRouter(enter), "nft", "--stateless", ...table]));
  const sets = [...text.matchAll(/set service-([\w-]+) \{[^}]*?(?:elements = \{([^}]*)\})?\s*\}/g)].map(
    ([, name, elements = ""]) =>
      `${name}: ${elements
        .split(",")
        .map((one) => one.trim())
        .toSorted()
        .join(", ")}`,
  );
  return [...flowsIn(text), ...sets].toSorted();
}

/** The same, as the requests have it that were approved and applied. */
export function approvedToBeEnforced(requests: FirewallRequest[]): string[] {
  return toBeEnforced(rulesInForce(requests));
}

export function toBeEnforced(inForce: InForce): string[] {
  const { rules, services } = asWritten(inForce);
  const ends = (end: { cidrs: string[] } | { service: string }) =>
    "cidrs" in end ? end.cidrs.map((cidr) => cidr.replace(/\/32$/, "")) : [`@service-${end.service}`];
  const flows = [...rules].flatMap(([id, { rule }]) =>
    ends(rule.from).flatMap((from) =>
      ends(rule.to).map(
        (to) =>
          `meta l4proto ${rule.protocol} ct original ip saddr ${from} ct original ip daddr ${to} ct original proto-dst ${tellPorts(rule.ports)} counter name "rule-${id}" accept`,
      ),
    ),
  );
  const sets = Object.entries(services).map(([name, addresses]) => `${name}: ${addresses.toSorted().join(", ")}`);
  return [...flows, ...sets].toSorted();
}

const flowsIn = (text: string): string[] => {
  const [, chain = ""] = /chain flows \{([^}]*)\}/.exec(text) ?? [];
  return chain
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
};

export const inRouter = (enter: string[]) => [...enter, "nsenter", "--net=/run/netns/router", "--"];

async function printed(ran: Promise<Ran>): Promise<string> {
  const { code, output } = await ran;
  if (code !== 0) throw new Error(output);
  return output;
}
