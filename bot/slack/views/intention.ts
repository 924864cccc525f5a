import { tellPair } from "../../domain/intention.ts";
import {
  type CallNow,
  ended,
  type IntentionReceipt,
  type IntentionRequest,
  tellBefore,
} from "../../domain/intention-request.ts";
import type { CallSeen } from "../../domain/mesh.ts";
import { about } from "../../domain/request.ts";
import { divider, fields, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { askedBy, decidedBy, denied, type Drawn, expired, moved, problemOf, withdrawn } from "./decision.ts";
import { tellSteps } from "./receipt.ts";
import { code, count, person, plain, precisely, time } from "./words.ts";

/** An intention: who is to call whom and how it stands now before the click; what became of the call in its receipt. */
export function drawIntention(request: IntentionRequest): Drawn {
  const { plan, evidence, receipt } = request;
  return {
    ...looks(request),
    proposal: [
      divider,
      fields([
        ["Who calls", code(plan.source)],
        ["Whom", code(plan.destination)],
        ["Will be", `*${ended[plan.action]}*`],
        ["Is now", standsNow(evidence)],
        ["Intention of its own", `${tellBefore(plan.before)} → *${plan.action}*`],
        ["The call just now", evidence.call === null ? "no page is known that makes it" : tellCall(evidence.call)],
      ]),
    ],
    inShort: `${code(tellPair(plan))} · ${tellBefore(plan.before)} → ${plan.action}`,
    receipt: receipt === null ? [] : receiptBlocks(receipt),
  };
}

function looks(request: IntentionRequest): { title: string; said: string } {
  const { plan, state, receipt } = request;
  const pair = tellPair(plan);
  const [asked, decided, problem] = [askedBy(request), decidedBy(request), problemOf(request)];
  const { source, destination, action } = plan;
  const again = code(about(request).askAgain);
  const why = code(`/mesh why ${source} ${destination}`);
  const wanted = action === "allow" ? "may call" : "may not call";
  const lateAt = receipt?.enforcedLateAt;
  const late = lateAt === undefined ? "It stays written." : `✅ The mesh does so now, since ${time(lateAt)}.`;
  switch (state) {
    case "pending":
      return {
        title: `🔏 ${action === "allow" ? "Allow" : "Deny"} ${pair}?`,
        said: `${person(request.requester)} asks that *${plain(source)}* ${wanted} *${plain(destination)}*\n>${plain(request.reason)}`,
      };
    case "approved":
      return {
        title: `⏳ ${action === "allow" ? "Allowing" : "Denying"} ${pair}`,
        said: `Approved ${decided}\n${asked}\nWriting the intention to Consul, then watching the call.`,
      };
    case "denied":
      return { title: `✋ ${pair} stays as it is`, said: denied(request) };
    case "withdrawn":
      return { title: `↩️ ${pair} stays as it is`, said: withdrawn(request) };
    case "expired":
      return { title: `⌛ ${pair} stays as it is`, said: expired(request) };
    case "enforced":
      return {
        title: `${action === "allow" ? "✅" : "⛔"} ${pair} ${ended[action]}`,
        said: `${receipt === null ? "" : proof(receipt)}\nApproved ${decided}\n${asked}`,
      };
    case "not-enforced":
      return {
        title: `🚨 ${pair}: written, not proven`,
        said: `It stands in Consul, and nobody saw the mesh do so in time.${problem}\n${late} Ask ${why}.\nApproved ${decided}\n${asked}`,
      };
    case "failed":
      return {
        title: `❌ ${action === "allow" ? "Allowing" : "Denying"} ${pair} failed`,
        said: `It did not come to its end.${problem}\nApproved ${decided}\n${asked}\nAsk ${why}, then again ${again}.`,
      };
    case "void":
      return { title: `🚫 ${pair}: void`, said: moved(request, "It no longer is what was") };
  }
}

/** What was seen, and how soon after the write. */
function proof({ steps, allowed, call }: IntentionReceipt): string {
  const consul = `Consul ${allowed ? "lets the call through" : "refuses the call"}`;
  const written = steps.find(({ name }) => name === "written")?.at;
  if (call === null || call.shownAt === null) return `${consul}. No page is known that makes it, so nobody saw it.`;
  const after =
    written === undefined ? "" : `, seen *${precisely(Math.max(0, call.shownAt - written))}* after the write`;
  return `${consul}, and it is ${call.after?.outcome ?? "not seen"}${after}.`;
}

function receiptBlocks({ steps, call, notes }: IntentionReceipt): Block[] {
  const told = [
    ...(call?.after
      ? [`*The call*  before: ${seen(call.before)} → now: ${seen(call.after)} (${tries(call.tried)})`]
      : []),
    ...(steps.length === 0 ? [] : [`*Steps*  ${tellSteps(steps)}`]),
    ...notes.map((note) => `_${plain(note)}_`),
  ];
  return told.length === 0 ? [] : [divider, section(told.join("\n"))];
}

const seen = (call: CallSeen | null) => (call === null ? "not seen" : tellCall(call));

const tries = (tried: number) => count(tried, "look");

/** What came of a call. */
export function tellCall(call: CallSeen): string {
  return call.outcome === "unknown" ? `❔ not seen: ${plain(call.why)}` : call.outcome;
}

function standsNow({ allowed, ruling }: CallNow): string {
  if (allowed === null) return "❔ Consul does not say";
  return `${allowed ? "allowed" : "denied"}, ${ruling === null ? "by Consul's default" : `by ${code(tellPair(ruling))}`}`;
}
