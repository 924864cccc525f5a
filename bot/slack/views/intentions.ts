import { tellPair } from "../../domain/intention.ts";
import { about } from "../../domain/request.ts";
import type { IntentionList } from "../../operations/list-intentions.ts";
import { frozenBanner } from "./answer.ts";
import { tellSetBy } from "./call-why.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, count, plain } from "./words.ts";

const linesAtMost = 40;
const marks = { allow: "✅", deny: "⛔", permissions: "🔀" } as const;

/** Who may call whom, and who had it set. */
export function intentionsView({ intentions, otherwise, open, frozen }: IntentionList): Message {
  const told = intentions.map(
    (one) => `${marks[one.action]} ${code(tellPair(one))}  *${one.action}* · set ${tellSetBy(one)}`,
  );
  return message(`Who may call whom: ${count(intentions.length, "intention")}`, [
    header("Who may call whom"),
    ...frozenBanner(frozen),
    section(told.length === 0 ? "There is no intention." : lines(told, linesAtMost)),
    ...(otherwise === null
      ? []
      : [
          section(
            `${otherwise ? "✅" : "⛔"} Every other call is *${otherwise ? "allowed" : "denied"}*: Consul's default.`,
          ),
        ]),
    ...(open.length === 0
      ? []
      : [
          section(
            lines(
              open.map((one) => `🔏 ${code(one.id)} asks for ${plain(about(one).asksFor)}`),
              10,
            ),
          ),
        ]),
    context("Of those that match a call Consul goes by the first. Ask of one: `/mesh why <service> <service>`"),
  ]);
}
