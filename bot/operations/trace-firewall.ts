import type { FirewallRequest } from "../domain/firewall/firewall-request.ts";
import { isAsWanted, type PacketCheck } from "../domain/firewall/packet.ts";
import type { Told } from "../domain/trace.ts";
import type { Firewall } from "./firewall/ports.ts";
import type { Clock } from "./ports.ts";

/** What everybody but the bot itself tells of a change of the firewall: Consul, the router and the packets. */
export async function firewallTold(
  { firewall, clock }: { firewall: Pick<Firewall, "rules" | "router"> | null; clock: Clock },
  request: FirewallRequest,
): Promise<Told[]> {
  const { plan, id } = request;
  const rule = "ruleId" in plan ? plan.ruleId : plan.action === "open" ? id : null;
  return [
    await toldByConsul(firewall?.rules ?? null, clock, rule),
    await toldByRouter(firewall?.router ?? null, clock, rule),
    toldByPackets(request),
  ];
}

/** Consul keeps no history: what can be read is what stands there now. */
async function toldByConsul(
  rules: Pick<Firewall["rules"], "read"> | null,
  clock: Clock,
  rule: string | null,
): Promise<Told> {
  const source = "consul";
  if (rules === null) return { source, why: "certops.yaml has no firewall any more" };
  try {
    const keys = await rules.read();
    const key = `firewall/rules/${rule}`;
    const all = Object.keys(keys).filter((one) => one.startsWith("firewall/rules/")).length;
    const text = rule === null ? `holds ${all} rules now` : `${key in keys ? "holds" : "does not hold"} ${key} now`;
    return { source, rows: [{ at: clock(), text, detail: { rules: all } }] };
  } catch (error) {
    return { source, why: tellError(error) };
  }
}

async function toldByRouter(router: Firewall["router"], clock: Clock, rule: string | null): Promise<Told> {
  const source = "router";
  if (router === null) return { source, why: "certops.yaml names no router that could be read" };
  try {
    const { rules, counters } = await router.ruleset();
    const packets = rule === null ? undefined : counters[rule]?.packets;
    const text =
      rule === null
        ? `enforces ${rules.length} rules now`
        : rules.includes(rule)
          ? `enforces ${rule} now, ${packets ?? 0} packets let through`
          : `does not enforce ${rule} now`;
    return { source, rows: [{ at: clock(), text, detail: {} }] };
  } catch (error) {
    return { source, why: tellError(error) };
  }
}

function toldByPackets({ receipt, decidedAt }: FirewallRequest): Told {
  const source = "packets";
  const at = receipt?.steps.at(-1)?.at ?? decidedAt;
  if (receipt === null || at === null) return { source, why: "none has been sent yet" };
  const tried = receipt.checks.filter(({ after }) => after !== null);
  if (tried.length === 0) return { source, why: "none could be sent" };
  return { source, rows: tried.map((check) => ({ at, text: tellCheck(check), detail: {} })) };
}

const tellCheck = (check: PacketCheck) =>
  `from ${check.zone} to ${check.address}:${check.port}: ${check.after?.outcome ?? "not tried"}, ${isAsWanted(check) ? "as wanted" : `wanted ${check.wanted}`}`;

const tellError = (error: unknown) => (error instanceof Error ? error.message : String(error));
