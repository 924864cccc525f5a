import { type Command, verbs } from "../../operations/verbs.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, plain } from "./words.ts";

const groups: { [C in Command]: [title: string, verbs: (keyof (typeof verbs)[C])[]][] } = {
  "/cert": [
    ["What is there", ["expiring", "expired", "ask", "show", "host", "owner", "issuer", "serial"]],
    ["Why it fails", ["chain", "why"]],
    ["Renewals", ["renew", "revoke", "snooze", "trace"]],
    ["Automation", ["freeze", "thaw"]],
    ["Passkeys, for what takes more than a click", ["enrol", "passkeys"]],
  ],
  "/mesh": [
    ["What is there", ["intentions", "why"]],
    ["Intentions, by approval", ["allow", "deny"]],
  ],
  "/approvals": [
    ["What is open", ["list"]],
    ["One request", ["deny", "withdraw", "comment", "hand-over", "break-glass", "review"]],
  ],
  "/firewall": [
    ["What passes", ["list", "show", "check", "history"]],
    ["Changes, by approval", ["request", "extend", "remove"]],
  ],
};

const besides: Record<Command, string> = {
  "/cert":
    "Who may call whom in the mesh: `/mesh help`. Through the firewall: `/firewall help`. What waits for a decision: `/approvals`.",
  "/mesh":
    "A freeze of everything, or of either service, stops intentions too: `/cert freeze`. Certificates: `/cert help`.",
  "/approvals":
    "Approve with the buttons of a request's message, or of the list. Ask for something: `/cert help`, `/mesh help`, `/firewall help`.",
  "/firewall":
    "A rule ends by itself and its owner is asked two weeks before; one without an end takes two approvers. A freeze of everything, or of a service it names, stops it: `/cert freeze`.",
};

/** All there is to ask after one command. `unknown`: what was typed instead, with what was probably meant. */
export function helpView(command: Command, unknown?: { typed: string; meant: string | null }): Message {
  const sorry =
    unknown &&
    `${code(unknown.typed)} is not a command.${unknown.meant === null ? "" : ` Did you mean ${code(unknown.meant)}?`}`;
  return message(
    unknown
      ? `${unknown.typed} is not a command. ${unknown.meant ? `Did you mean ${unknown.meant}?` : ""}`
      : "How to ask certops",
    [
      sorry ? section(sorry) : null,
      header("certops"),
      ...groups[command].map(([title, listed]) =>
        section(`*${title}*\n${listed.map((verb) => usageLine(command, verb)).join("\n")}`),
      ),
      context(`Answers are yours alone; approvals and receipts stand in the channel. ${besides[command]}`),
    ],
  );
}

function usageLine(command: Command, verb: string): string {
  const { usage, does } = usages(command)[verb] ?? { usage: verb, does: "" };
  return `${code(`${command} ${usage}`)}  ${plain(does)}`;
}

const usages = (command: Command): Record<string, { usage: string; does: string }> => verbs[command];
