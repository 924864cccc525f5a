import { tellPair } from "../../domain/intention.ts";
import type { TracedIntention } from "../../domain/set-by.ts";
import type { CallAnswer, CallWhy } from "../../operations/explain-call.ts";
import { frozenBanner } from "./answer.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { tellCall } from "./intention.ts";
import { code, person, plain, time } from "./words.ts";

/** Whether one service may call another, which intention decides it, and who had it set. */
export function callWhyView(why: CallAnswer): Message {
  const { source, destination, allowed, open, frozen } = why;
  const title = `${tellPair(why)} is ${allowed ? "allowed" : "denied"}`;
  const turn = `/mesh ${allowed ? "deny" : "allow"} ${source} ${destination}`;
  return message(callInShort(why), [
    header(title),
    ...frozenBanner(frozen),
    section(callLine(why)),
    open === null
      ? null
      : section(
          `🔏 ${code(open.id)} asks to ${open.plan.action} it: ${open.state === "pending" ? "it waits for a decision" : "it is at work"}.`,
        ),
    context(`Asked of Consul just now. To change it: ${code(`${turn} <reason>`)}`),
  ]);
}

/** For notifications. */
export function callInShort(why: CallWhy): string {
  const { allowed, ruling } = why;
  const by = ruling === null ? "Consul's default" : `the intention ${tellPair(ruling)}`;
  return `${tellPair(why)} is ${allowed ? "allowed" : "denied"} by ${by}`;
}

/** The call, what decides it, who set that, and what comes of the call. */
export function callLine(why: CallWhy): string {
  const { allowed, ruling, call } = why;
  const mark = allowed ? "✅" : "⛔";
  const by =
    ruling === null
      ? "by Consul's default: no intention matches it"
      : `by the intention ${code(tellPair(ruling))} (${ruling.action}), set ${tellSetBy(ruling)}`;
  return [
    `${mark} *${plain(tellPair(why))}* is ${allowed ? "allowed" : "denied"} ${by}.`,
    ...(call === null ? [] : [`The call just now: ${tellCall(call)}.${contradiction(why)}`]),
  ].join("\n");
}

/** Ends "set …". */
export function tellSetBy({ setBy, description }: TracedIntention): string {
  if (setBy === null) return `from a file or by hand${description === "" ? "" : `: ${plain(description)}`}`;
  const { request, requester, approvedBy, at, reason } = setBy;
  return `by ${code(request)}: asked by ${person(requester)} (${plain(reason)}), approved by ${person(approvedBy)} · ${time(at)}`;
}

function contradiction({ allowed, call, destination }: CallWhy): string {
  if (allowed && call?.outcome === "refused") {
    return ` Consul lets it through, so look at the sidecars and at ${code(`/cert why ${destination}`)}.`;
  }
  if (!allowed && call?.outcome === "answered")
    return " The sidecars have not heard of it: see whether they reach Consul.";
  return "";
}
