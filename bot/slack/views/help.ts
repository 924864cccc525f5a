import type { Verb } from "../../operations/command.ts";
import { verbs } from "../../operations/command.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, plain } from "./words.ts";

const groups: [title: string, verbs: Verb[]][] = [
  ["What is there", ["expiring", "expired", "show", "host", "owner", "issuer", "serial"]],
  ["Why it fails", ["chain", "why"]],
  ["Renewals", ["renew", "trace"]],
  ["Automation", ["freeze", "thaw"]],
];

/** All there is to ask. `unknown`: what was typed instead, with what was probably meant. */
export function helpView(unknown?: { typed: string; meant: string | null }): Message {
  const sorry =
    unknown &&
    `${code(unknown.typed)} is not a command.${unknown.meant === null ? "" : ` Did you mean ${code(`/cert ${unknown.meant}`)}?`}`;
  return message(
    unknown
      ? `${unknown.typed} is not a command. ${unknown.meant ? `Did you mean /cert ${unknown.meant}?` : ""}`
      : "How to ask certops",
    [
      sorry ? section(sorry) : null,
      header("certops"),
      ...groups.map(([title, listed]) =>
        section(
          `*${title}*\n${listed.map((verb) => `${code(`/cert ${verbs[verb].usage}`)}  ${plain(verbs[verb].does)}`).join("\n")}`,
        ),
      ),
      context("Answers are yours alone; approvals and receipts stand in the channel."),
    ],
  );
}
