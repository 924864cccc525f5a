import { requestUsage } from "../domain/firewall/parse-request.ts";
import { nearest } from "../domain/nearest.ts";

/** What can be said after each command, in Slack and in a terminal alike. */
export const verbs = {
  "/cert": {
    expiring: { usage: "expiring [30d|20%]", does: "what ends soon" },
    expired: { usage: "expired", does: "what has ended and is still in use" },
    ask: { usage: "ask <words>", does: "everything with these words in its name, owner, issuer or host" },
    show: { usage: "show <service, instance, name or fingerprint>", does: "everything known of it" },
    host: { usage: "host <name, *.suffix or host:port>", does: "what a host serves" },
    owner: { usage: "owner <owner>", does: "everything somebody answers for" },
    issuer: { usage: "issuer <part of its name>", does: "everything one authority signed" },
    serial: { usage: "serial <AB:CD:…>", does: "the certificate with this serial" },
    chain: { usage: "chain <service, instance or host>", does: "who signed whom, up to the root" },
    why: {
      usage: "why <service, instance or host> [the service it calls]",
      does: "why a handshake or a call fails, on which side, and how to mend it",
    },
    renew: {
      usage: "renew <service> [--dry-run] [reason]",
      does: "asks for a new certificate on every instance; a dry run only shows you the plan",
    },
    revoke: {
      usage: "revoke <service|instance|serial> <reason> [text]",
      does: "asks that the old ones be revoked, once every instance serves another",
    },
    snooze: { usage: "snooze <what> <7d|2026-12-31|off> <reason>", does: "tells nothing new of it until then" },
    trace: { usage: "trace <request>", does: "one request from the click to its effect" },
    enrol: { usage: "enrol", does: "a link to enrol a passkey of yours; on the bot's host: enrol <Slack id>" },
    passkeys: { usage: "passkeys [withdraw <code>]", does: "who has a passkey; ends one" },
    freeze: { usage: "freeze [service] <reason>", does: "stops automation, for one service or for all" },
    thaw: { usage: "thaw [service]", does: "lets it go on" },
    help: { usage: "help", does: "this" },
  },
  "/mesh": {
    intentions: { usage: "intentions", does: "who may call whom, and who decided it" },
    allow: { usage: "allow <service> <service> [reason]", does: "asks that the first may call the second" },
    deny: { usage: "deny <service> <service> [reason]", does: "asks that it may not" },
    why: { usage: "why <service> <service>", does: "whether that call goes through, and what decides it" },
    help: { usage: "help", does: "this" },
  },
  "/approvals": {
    list: { usage: "list", does: "what waits for a decision, whose, and for how long" },
    deny: { usage: "deny <request> <reason>", does: "denies it" },
    withdraw: { usage: "withdraw <request> [reason]", does: "takes back what you asked for" },
    comment: { usage: "comment <request> <text>", does: "says something of it, in its message" },
    "hand-over": { usage: "hand-over <request> <person> [note]", does: "leaves the decision to somebody by name" },
    "break-glass": { usage: "break-glass <request> <reason>", does: "lets it through alone, where its policy allows" },
    review: { usage: "review <request> [not-justified] <what you found>", does: "looks at a break-glass afterwards" },
    help: { usage: "help", does: "this" },
  },
  "/firewall": {
    request: { usage: requestUsage, does: "asks that a port be opened; without more words, a form to fill in" },
    list: { usage: "list [service, address or owner]", does: "what the firewall lets through, and until when" },
    show: { usage: "show <rule>", does: "one rule: whose it is, what went through, what happened to it" },
    check: {
      usage: "check <from> <to> <port>",
      does: "whether that passes, by which rule, and what a packet shows now",
    },
    history: { usage: "history [rule|service]", does: "who asked for what, who decided, and what came of it" },
    extend: { usage: "extend <rule> [90d|2026-12-31|forever] [reason]", does: "asks that a rule stay open longer" },
    remove: { usage: "remove <rule> [reason]", does: "asks that a rule be closed before its end" },
    help: { usage: "help", does: "this" },
  },
} as const;

export type Command = keyof typeof verbs;
export type Verb<C extends Command> = keyof (typeof verbs)[C];

/** The command of that name; of one nobody knows, the first. */
export const commandOf = (name: string): Command => (Object.hasOwn(verbs, name) ? (name as Command) : "/cert");

export const isVerb = <C extends Command>(command: C, word: string): word is Verb<C> & string =>
  Object.hasOwn(verbs[command], word);

/** What was probably meant by a word that is no verb of the command: `/mesh allow`; null when nothing is near. */
export function meantBy(command: Command, word: string): string | null {
  const other = Object.keys(verbs).find((one) => isVerb(one as Command, word));
  if (other !== undefined) return `${other} ${word}`;
  const near = nearest(word, Object.keys(verbs[command]));
  return near && `${command} ${near}`;
}
