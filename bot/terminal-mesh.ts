import { tellPair } from "./domain/intention.ts";
import { about } from "./domain/request.ts";
import type { TracedIntention } from "./domain/set-by.ts";
import type { CallWhy } from "./operations/explain-call.ts";
import type { IntentionList } from "./operations/list-intentions.ts";
import type { Paint } from "./terminal.ts";

/** Who may call whom, for a terminal. */
export function intentionsText({ intentions, otherwise, open }: IntentionList, paint: Paint): string {
  const width = Math.max(0, ...intentions.map((one) => tellPair(one).length));
  return [
    ...(intentions.length === 0 ? ["there is no intention"] : []),
    ...intentions.map(
      (one) =>
        `${paint(one.action === "deny" ? "red" : "green", one.action.padEnd(11))}  ${tellPair(one).padEnd(width)}  ${paint("dim", `set ${tellSetBy(one)}`)}`,
    ),
    ...(otherwise === null ? [] : [`every other call is ${otherwise ? "allowed" : "denied"}: Consul's default`]),
    ...open.map((one) => paint("yellow", `${one.id} asks for ${about(one).asksFor}`)),
  ].join("\n");
}

/** Whether a call goes through, and what decides it. */
export function callText(why: CallWhy, paint: Paint): string {
  const { allowed, ruling, call } = why;
  const by = ruling === null ? "Consul's default: no intention matches it" : `the intention ${tellPair(ruling)}`;
  return [
    `${paint("bold", tellPair(why))}  ${paint(allowed ? "green" : "red", allowed ? "allowed" : "denied")} by ${by}`,
    ...(ruling === null ? [] : [`  set ${tellSetBy(ruling)}`]),
    ...(call === null
      ? []
      : [`  the call just now: ${call.outcome === "unknown" ? `not seen, ${call.why}` : call.outcome}`]),
  ].join("\n");
}

function tellSetBy({ setBy, description }: TracedIntention): string {
  if (setBy === null) return `from a file or by hand${description === "" ? "" : `: ${description}`}`;
  const { request, requester, approvedBy, at } = setBy;
  return `by ${request}: asked by ${requester}, approved by ${approvedBy} at ${new Date(at).toISOString()}`;
}
