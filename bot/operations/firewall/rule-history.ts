import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { quoted } from "../../domain/firewall/wish.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import type { Requests } from "../store-ports.ts";

/** Every request that was about a rule, a service, or anything, the latest first. */
export interface RuleHistory {
  /** What was asked about; null: everything. */
  about: string | null;
  requests: FirewallRequest[];
}

const most = 200;

/** `about`: a rule's id or a service; "" is everything. Refused: not-found. */
export async function ruleHistory(
  { requests }: { requests: Pick<Requests, "list" | "count"> },
  about: string,
): Promise<RuleHistory | Refusal> {
  if (about === "") return { about: null, requests: await requests.list({ kind: "firewall", limit: most }) };
  const touching = await requests.list({ kind: "firewall", touches: about, limit: most });
  if (touching.length > 0) return { about, requests: touching };
  const id = about.toLowerCase();
  const all = await requests.list({ kind: "firewall", limit: Number.MAX_SAFE_INTEGER });
  const concerning = all.filter((request) => isAbout(request, id));
  if (concerning.length > 0) return { about: id, requests: concerning.slice(0, most) };
  return refuse(
    "not-found",
    `No firewall request was ever about ${quoted(about)}.`,
    "Name a rule such as f-abcd2345, or a service. Everything: /firewall history",
  );
}

function isAbout({ id: request, plan }: FirewallRequest, id: string): boolean {
  if (request === id) return true;
  if (plan.action === "restore") return plan.rules.includes(id);
  return "ruleId" in plan && plan.ruleId === id;
}
