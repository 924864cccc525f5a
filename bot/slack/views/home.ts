import { about, type Request } from "../../domain/request.ts";
import type { Attention } from "../../operations/attention.ts";
import { answerView } from "./answer.ts";
import { divider, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, count, person, plain, time } from "./words.ts";

/** The Home tab: who waits for a decision, what runs, what ends soon, what is unknown. */
export function homeView(
  { pending, running, expiring }: Attention,
  { channel, now }: { channel: string; now: number },
): Message {
  const answer = answerView(expiring, { args: ["expiring"], page: 0, now });
  return message("What needs attention", [
    header("What needs attention"),
    section(
      pending.length === 0
        ? "Nobody waits for a decision."
        : `*${count(pending.length, "request")} to decide* in <#${channel}>\n${lines(pending.map(waiting), 10)}`,
    ),
    ...(running.length === 0 ? [] : [section(`*Under way*\n${lines(running.map(underWay), 10)}`)]),
    divider,
    // A Home tab has no answer to replace, so it shows the first page only.
    ...answer.blocks.filter(({ type }) => type !== "actions"),
  ]);
}

const waiting = (request: Request) =>
  `🔏 *${plain(about(request).subject)}* ${code(request.id)}: ${person(request.requester)} asks for ${plain(about(request).asksFor)}, until ${time(request.expiresAt)}`;

const underWay = (request: Request) =>
  `⏳ *${plain(about(request).subject)}* ${code(request.id)} ${plain(about(request).does)}, approved by ${person(request.decidedBy ?? "unknown")}`;
