import { type Drifted, unknownAside } from "../../domain/firewall/router-state.ts";
import { asideOf, rulesetOf, rulesInForce } from "../../domain/firewall/rules-in-force.ts";
import type { Requests } from "../store-ports.ts";
import { endedRequests } from "./in-force.ts";
import type { Firewall } from "./ports.ts";

export interface RouterDriftNeeds {
  firewall: Pick<Firewall, "router">;
  requests: Pick<Requests, "list" | "count">;
}

/** null: the router enforces what was approved, and nothing of it changed since it was applied, as far as that is known. */
export async function routerDrift(needs: RouterDriftNeeds): Promise<Drifted | null> {
  const { router } = needs.firewall;
  if (router === null) return null;
  const requests = await endedRequests(needs);
  const { digest, rules, ...seen } = await router.ruleset();
  const { rules: approved, revision } = rulesInForce(requests);
  // Before the first run there is nothing that could have been changed.
  const gaps = revision === 0 ? [] : seen.gaps;
  const missing = gaps.includes("no-table") ? [] : [...approved.keys()].filter((id) => !rules.includes(id));
  const besides = rules.filter((id) => !approved.has(id));
  const aside = unknownAside(seen.aside, asideOf(requests) ?? seen.aside);
  // What somebody changed in the moment of a run stands in what was read after it, too: the rules' names do not lie.
  const applied = rulesetOf(requests) ?? digest;
  const isAsApplied = digest === applied && [missing, besides, gaps, aside].every(({ length }) => length === 0);
  return isAsApplied ? null : { missing, besides, gaps, aside };
}
