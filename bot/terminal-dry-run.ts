import { approversMissing, deciders } from "./domain/approval.ts";
import { whoTheyAre } from "./domain/approval-policy.ts";
import { placeOf } from "./domain/deployment.ts";
import { tellDuration } from "./domain/duration.ts";
import type { RenewalRequest, ServedNow } from "./domain/renewal.ts";
import { utc } from "./domain/utc.ts";
import type { Paint } from "./terminal.ts";

/** What a renewal would be; nothing was asked for. */
export function dryRunText(request: RenewalRequest, now: number, paint: Paint): string[] {
  const { service, plan, planHash, evidence, remarks } = request;
  const parts = [
    ["names", plan.names.join(", ")],
    ["issuer", `${plan.issuer.mount}/${plan.issuer.role}`],
    ["lifetime", plan.ttl],
    ["key", plan.key],
    ["deployed", `by ${plan.deployment.kind}, ${placeOf(plan.deployment)}`],
    ["rollout", plan.rollout === "all" ? "all instances at once" : "one instance first, the rest when it serves"],
    ...evidence.map((one, index) => [index === 0 ? "served" : "", servedText(one)]),
    ["approval", approvalText(request, now)],
    ...remarks.map(({ text }) => ["", text]),
    ["plan", planHash.slice(0, 12)],
  ];
  return [
    `${paint("bold", service)}  dry run: nothing was asked for, and nobody was told`,
    ...parts.map(([name = "", said = ""]) => `  ${name.padEnd(8)}  ${said}`),
  ];
}

function servedText({ instance, serial, generation, notAfter }: ServedNow): string {
  if (serial === null) return `${instance}  not seen`;
  return `${instance}  ${serial}  ${generation ?? "no generation"}${notAfter === null ? "" : `  until ${utc(notAfter)}`}`;
}

function approvalText(request: RenewalRequest, now: number): string {
  const { approval, state, decidedWhy, expiresAt } = request;
  if (state !== "pending") return `at once, by policy ${approval.name}. ${decidedWhy}`;
  const passkey = approval.stepUp === "passkey" ? ", with a passkey" : "";
  return `${approversMissing(request)} missing: ${whoTheyAre(deciders(request), now)}${passkey}, within ${tellDuration(expiresAt - request.createdAt)} (policy ${approval.name})`;
}
