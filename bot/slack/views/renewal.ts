import { placeOf } from "../../domain/deployment.ts";
import type { RenewalRequest } from "../../domain/renewal.ts";
import { divider, fields, lines, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { askAgain, askedBy, decidedBy, denied, type Drawn, expired, moved, problemOf, withdrawn } from "./decision.ts";
import { receiptBlocks } from "./receipt.ts";
import { code, count, list, person, plain, shortSerial, time } from "./words.ts";

/** A renewal: names, issuer and instances before the click; serials and handshakes in its receipt. */
export function drawRenewal(request: RenewalRequest): Drawn {
  return {
    ...looks(request),
    proposal: proposal(request),
    inShort: inShort(request),
    receipt: request.receipt === null ? [] : receiptBlocks(request.receipt),
  };
}

function looks(request: RenewalRequest): { title: string; said: string } {
  const { service, state } = request;
  const [asked, decided, problem] = [askedBy(request), decidedBy(request), problemOf(request)];
  const servedLateAt = request.receipt?.servedLateAt;
  const late =
    servedLateAt === undefined
      ? "It stays written: whoever comes back serves it."
      : `✅ Now served by all since ${time(servedLateAt)}.`;
  switch (state) {
    case "pending":
      return {
        title: `🔏 Renew ${service}?`,
        said: `${person(request.requester)} asks to renew *${plain(service)}*\n>${plain(request.reason)}`,
      };
    case "approved":
      return {
        title: `⏳ Renewing ${service}`,
        said: `Approved ${decided}\n${asked}\nWriting the new generation, then proving it on the wire.`,
      };
    case "denied":
      return { title: `✋ Renewal of ${service} denied`, said: denied(request) };
    case "withdrawn":
      return { title: `↩️ Renewal of ${service} withdrawn`, said: withdrawn(request) };
    case "expired":
      return { title: `⌛ Renewal of ${service} expired`, said: expired(request) };
    case "deployed":
      return {
        title: `✅ ${service} renewed`,
        said: `Every instance serves the new certificate.\nApproved ${decided}\n${asked}`,
      };
    case "not-served":
      return {
        title: `🚨 ${service}: written, not served`,
        said: `The generation was written, yet not every instance served it in time.${problem}\n${late}\nApproved ${decided}\n${asked}\nAsk \`/cert why ${plain(service)}\`.`,
      };
    case "failed":
      return {
        title: `❌ Renewal of ${service} failed`,
        said: `It did not come to its end.${problem}\nApproved ${decided}\n${asked}\n${askAgain(request)}`,
      };
    case "void":
      return {
        title: `🚫 Renewal of ${service} void`,
        said: moved(request, "The plan is no longer the one that was"),
      };
  }
}

function proposal({ plan, evidence }: RenewalRequest): Block[] {
  return [
    divider,
    fields([
      ["Names", list(plan.names)],
      ["Issuer", code(`${plan.issuer.mount}/${plan.issuer.role}`)],
      ["Lifetime", plain(plan.ttl)],
      ["Key", plain(plan.key)],
      ["Deployed by", `${plan.deployment.kind} · ${code(placeOf(plan.deployment))}`],
      [
        "Rollout",
        plan.rollout === "all"
          ? `all ${count(plan.instances.length, "instance")} at once`
          : "one instance first, the rest when it serves",
      ],
    ]),
    section(`*Served when it was asked for*\n${lines(evidence.map(served), 20)}`),
  ];
}

function served({ instance, serial, generation, notAfter }: RenewalRequest["evidence"][number]): string {
  if (serial === null) return `• ${code(instance)}  ❔ not seen`;
  return `• ${code(instance)}  ${shortSerial(serial)}  ${generation === null ? "no generation" : code(generation)}${notAfter === null ? "" : `  until ${time(notAfter)}`}`;
}

function inShort({ plan }: RenewalRequest): string {
  return `${list(plan.names)} · ${code(`${plan.issuer.mount}/${plan.issuer.role}`)} · ${plain(plan.ttl)} · ${plain(plan.key)} · ${list(plan.instances)}`;
}
