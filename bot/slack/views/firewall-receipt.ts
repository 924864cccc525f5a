import type { FirewallPlan, FirewallReceipt } from "../../domain/firewall/firewall-request.ts";
import { isAsWanted, type PacketCheck } from "../../domain/firewall/packet.ts";
import { divider, lines, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { inTurn, tellPath, tellSeen } from "./firewall-words.ts";
import { tellSteps } from "./receipt.ts";
import { count, plain } from "./words.ts";

/** What packets showed, before and after; empty where nothing was done. */
export function firewallReceiptBlocks(plan: FirewallPlan, receipt: FirewallReceipt): Block[] {
  const { checks, held, counter, steps, notes } = receipt;
  const told = [
    ...checks.map(checkLine),
    ...(held === null ? [] : [heldLine(held)]),
    // Only of a rule that opens is it read again: no other change is to move it.
    ...(counter === null || plan.action !== "open" ? [] : [counterLine(counter)]),
  ];
  const beside = [
    ...(steps.length === 0 ? [] : [`*Steps*  ${tellSteps(steps)}`]),
    ...notes.map((note) => `_${plain(note)}_`),
  ];
  if (told.length + beside.length === 0) return [];
  return [
    divider,
    ...(told.length === 0 ? [] : [section(`*Packets*\n${lines(told, 20)}`)]),
    ...(beside.length === 0 ? [] : [section(beside.join("\n"))]),
  ];
}

const kinds: Record<PacketCheck["kind"], string> = {
  source: "",
  elsewhere: "elsewhere, ",
  neighbour: "beside it, ",
};

function checkLine(check: PacketCheck): string {
  const { kind, before, after } = check;
  const path = `${kinds[kind]}${tellPath(check)}`;
  if (after === null) return `❔ ${path}: not tried now`;
  if (after.outcome === "unknown") return `❔ ${path}: not seen: ${plain(after.why)}`;
  const mark = isAsWanted(check) ? "✅" : "❌";
  const seen = `*${tellSeen(after)}*`;
  if (before === null || before.outcome === "unknown") return `${mark} ${path}: is ${seen}`;
  if (before.outcome === after.outcome) return `${mark} ${path}: still ${seen}`;
  return `${mark} ${path}: was ${tellSeen(before)}, is ${seen}`;
}

function heldLine({ ended, how, ...path }: NonNullable<FirewallReceipt["held"]>): string {
  const mark = ended === null ? "❔" : ended ? "✅" : "❌";
  const told = ended === null ? "nobody saw its end" : ended ? "has ended" : "*still lives*";
  return `${mark} a connection held open from ${tellPath(path)} ${told}${how === "" ? "" : `: ${plain(how)}`}`;
}

function counterLine({ before, after }: NonNullable<FirewallReceipt["counter"]>): string {
  const mark = after > before ? "✅" : "❌";
  return `${mark} the rule's counter: ${before} → ${count(after, "packet")}`;
}

/** The one sentence that a receipt begins with. */
export function proofInShort(plan: FirewallPlan, receipt: FirewallReceipt): string {
  const { checks, held, counter, unproven } = receipt;
  if (unproven !== undefined) return `No packet showed that it is open, and it was approved so: ${plain(unproven)}`;
  const opened = checks.filter(
    ({ kind, wanted, after }) =>
      kind === "source" && wanted === "open" && (after?.outcome === "open" || after?.outcome === "counted"),
  );
  const closed = checks.filter((check) => check.wanted === "closed" && isAsWanted(check));
  const moved = counter !== null && counter.after > counter.before;
  switch (plan.action) {
    case "open": {
      const said = [
        ...(opened.length === 0 ? [] : ["open from the source"]),
        ...(closed.length === 0 ? [] : [`still closed in ${count(closed.length, "other place")}`]),
        ...(moved ? ["the rule's counter moved"] : []),
      ];
      return said.length === 0 ? "Applied; no packet could be tried." : `Packets show it: ${inTurn(said)}.`;
    }
    case "close":
      return held?.ended === true
        ? "Nothing goes through any more, and a connection that was open has ended."
        : closed.length > 0
          ? "Nothing goes through any more."
          : "Applied; no packet could be tried.";
    case "extend":
      return "Nothing changes on the wire; it ends later.";
    case "follow":
      return opened.length === 0
        ? "The rules hold the new addresses."
        : "The rules hold the new addresses, and packets go through.";
    case "restore":
      return opened.length === 0
        ? "The router holds the approved rules again."
        : "The router holds the approved rules again, and packets show it.";
  }
}
