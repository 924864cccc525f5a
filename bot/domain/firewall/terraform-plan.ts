import type { InForce } from "./rules-in-force.ts";
import { tellRule } from "./rule.ts";

/** What a plan of Terraform's says of rules and addresses. null on either side: not there. */
export interface PlannedChanges {
  /** That the run would set; null: it stays. */
  revision: number | null;
  rules: Map<string, Change>;
  services: Map<string, Change>;
  /** It ends what an earlier run began. */
  unfinished: boolean;
  /** Lines where only rules, addresses or the one resource are to be, and that are none. */
  strange: string[];
}

interface Change {
  before: string | null;
  after: string | null;
}

const resource = /^ {2}# ([^\s(]\S*) /;
const tainted = /^ {2}# \S+ is tainted, so must be replaced$/;
/** What was replaced and is still known: its end changes nothing. */
const deposed = /^ {2}# \S+ \(deposed object [0-9a-f]+\) will be destroyed$/;
const ours = /^module\.[\w-]+\.terraform_data\.ruleset$/;
const opening = /^\s+[~+-]\s+(rules|services)\s+= \{$/;
const entry = /^\s+([~+-])\s+"?([\w-]+)"?\s+= "([^"\\]*)"(?: -> "([^"\\]*)")?$/;
const revision = /^\s+[~+]\s+revision\s+= (?:\d+ -> )?(\d+)$/;
const hidden = /^\s+# \(\d+ unchanged .* hidden\)$/;

/** Reads the text that Terraform prints for nomad/firewall. */
export function readPlan(text: string): PlannedChanges {
  const found: PlannedChanges = {
    revision: null,
    rules: new Map(),
    services: new Map(),
    unfinished: false,
    strange: [],
  };
  let within: "rules" | "services" | null = null;
  let isOver = false;
  for (const line of text.split("\n")) {
    const [, address] = resource.exec(line) ?? [];
    if (address !== undefined) {
      if (!ours.test(address)) found.strange.push(line.trim());
      isOver = deposed.test(line);
      if (isOver || tainted.test(line)) found.unfinished = true;
    }
    if (isOver) continue;
    if (within !== null) {
      if (line.trim() === "}") within = null;
      else if (!hidden.test(line)) take(found, within, line);
      continue;
    }
    const [, block] = opening.exec(line) ?? [];
    if (block === "rules" || block === "services") within = block;
    const [, number] = revision.exec(line) ?? [];
    if (number !== undefined) found.revision = Number(number);
  }
  return found;
}

function take(found: PlannedChanges, block: "rules" | "services", line: string): void {
  const [, sign, name, first = "", second] = entry.exec(line) ?? [];
  if (name === undefined || (sign === "~") !== (second !== undefined)) {
    found.strange.push(line.trim());
    return;
  }
  const before = sign === "+" ? null : first;
  const after = sign === "-" ? null : (second ?? first);
  found[block].set(name, { before, after });
}

/**
 * What a plan would do besides bringing about exactly these rules and addresses: one phrase each, none when it is as
 * approved. What it says again of rules that stand is no more than they are.
 */
export function besides(plan: PlannedChanges, wanted: Pick<InForce, "rules" | "services">): string[] {
  const off = (kind: string, changes: Map<string, Change>, told: (name: string) => string | null) =>
    [...changes].flatMap(([name, { after }]) =>
      after === told(name) ? [] : [`${kind} ${name}: ${after ?? "removed"} in place of ${told(name) ?? "nothing"}`],
    );
  const rule = (id: string) => {
    const held = wanted.rules.get(id);
    return held ? tellRule(held.rule) : null;
  };
  const service = (name: string) => wanted.services[name]?.toSorted().join(", ") ?? null;
  return [...off("rule", plan.rules, rule), ...off("service", plan.services, service), ...plan.strange];
}

/** What a seal that does not fit says: which digest CTS found in it, and which one its rules and addresses have. */
export function brokenSeal(text: string): { sealed: string; found: string } | null {
  const [, sealed, found] = /sealed ([0-9a-f]{64}), found ([0-9a-f]{64})/.exec(unwrapped(text)) ?? [];
  return sealed !== undefined && found !== undefined ? { sealed, found } : null;
}

/** Why the module would not apply what it found, in its own words, and how to mend that; null: it was something else. */
export function refusedToApply(text: string): { why: string; unsigned: boolean; mend: string } | null {
  const [, why] = /Refused: (.{1,200}?)\. Nothing was changed\./.exec(unwrapped(text)) ?? [];
  return why === undefined ? null : { why, unsigned: why.startsWith("these rules are not signed"), mend: mend(why) };
}

function mend(why: string): string {
  const [, ahead] = /^revision \d+ is older than revision (\d+)/.exec(why) ?? [];
  if (ahead !== undefined) {
    return `Where a clock ran ahead: nft delete set inet certops revision-${ahead} on the router, and rm applied-revision in CTS's folder of the task.`;
  }
  if (why.startsWith("openssl is missing")) return "Install openssl where CTS runs.";
  if (why.includes("cannot be noted")) return "Let CTS write in its folder of the task; see whether its disk is full.";
  return "Find out who else writes under firewall/ in Consul, or calls CTS.";
}

const unwrapped = (text: string) => text.replace(/[\s│]+/g, " ");
