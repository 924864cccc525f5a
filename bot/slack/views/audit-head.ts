import { tellHead } from "../../domain/audit-chain.ts";
import type { AuditHead } from "../../domain/audit-head.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, count, plain, time } from "./words.ts";

/** Where the audit log stands, for whoever holds the log against it later. The head stands in the text too: it goes out with the notification. */
export function auditHeadView({ at, head, problem }: AuditHead): Message {
  const where = head === null ? "it has no rows" : `${count(head.seq, "row")}, head ${tellHead(head)}`;
  const [title, said] =
    problem === null
      ? ["🔗 Audit log", `It holds: ${where}`]
      : ["🚨 The audit log was changed", `${plain(problem)}. Now ${where}`];
  return message(`${title}: ${said}`, [
    header(title),
    section(head === null ? said : said.replace(tellHead(head), code(tellHead(head)))),
    context(
      head === null || problem !== null
        ? `as of ${time(at)} · ${code("certops audit verify")} on the bot's host tells more`
        : `as of ${time(at)} · whether anything up to here was rewritten since: ${code(`certops audit verify --head ${tellHead(head)}`)}`,
    ),
  ]);
}
