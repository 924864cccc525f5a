import type { Answer } from "../domain/answer.ts";
import type { Freeze } from "../domain/freeze.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { nearest } from "../domain/nearest.ts";
import { parseQuery } from "../domain/query.ts";
import type { Query } from "../domain/query.ts";
import { isRefusal, refuse } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Trace } from "../domain/trace.ts";
import type { VaultHealth } from "../domain/vault-health.ts";
import type { ServedChain } from "./explain-chain.ts";
import type { Why } from "./explain-why.ts";
import type { Wanted } from "./propose-renewal.ts";

/** What can be said after `/cert`, in Slack and in a terminal alike. */
export const verbs = {
  expiring: { usage: "expiring [30d|20%]", does: "what ends soon" },
  expired: { usage: "expired", does: "what has ended and is still in use" },
  show: { usage: "show <service, instance, name or fingerprint>", does: "everything known of it" },
  host: { usage: "host <name, *.suffix or host:port>", does: "what a host serves" },
  owner: { usage: "owner <owner>", does: "everything somebody answers for" },
  issuer: { usage: "issuer <part of its name>", does: "everything one authority signed" },
  serial: { usage: "serial <AB:CD:…>", does: "the certificate with this serial" },
  chain: { usage: "chain <service, instance or host>", does: "who signed whom, up to the root" },
  why: { usage: "why <service, instance or host>", does: "why a handshake fails, and how to mend it" },
  renew: { usage: "renew <service> [reason]", does: "asks for a new certificate on every instance" },
  trace: { usage: "trace <request>", does: "one renewal from the click to the wire" },
  freeze: { usage: "freeze [service] <reason>", does: "stops automation, for one service or for all" },
  thaw: { usage: "thaw [service]", does: "lets it go on" },
  help: { usage: "help", does: "this" },
} as const;

export type Verb = keyof typeof verbs;

/** What a command came to. */
export type Outcome =
  | { kind: "answer"; answer: Answer }
  /** `vault`: as the bot saw it last; null when it has not looked yet. */
  | { kind: "proposed"; request: RenewalRequest; vault: VaultHealth | null }
  | { kind: "chain"; name: string; chains: ServedChain[] }
  | { kind: "why"; name: string; why: Why }
  | { kind: "trace"; trace: Trace }
  | { kind: "frozen" | "thawed"; freeze: Freeze }
  | { kind: "help"; unknown?: { typed: string; meant: string | null } };

/** The operations behind the commands, bound to what they need. `user`: a Slack id, or `operator:<name>`. */
export interface Desk {
  services: Map<string, ManagedService>;
  vault(): VaultHealth | null;
  ask(query: Query): Promise<Answer | Refusal>;
  renew(wanted: Wanted): Promise<RenewalRequest | Refusal>;
  chain(name: string): Promise<ServedChain[] | Refusal>;
  why(name: string): Promise<Why | Refusal>;
  trace(id: string): Promise<Trace | Refusal>;
  freeze(wanted: { scope: string; user: string; reason: string }): Promise<Freeze | Refusal>;
  thaw(wanted: { scope: string; user: string }): Promise<Freeze | Refusal>;
}

const longestCommand = 600;

/** What was typed, word by word. */
export function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/).filter(Boolean);
}

/**
 * Runs what a person typed. Nothing that was typed throws: it is answered, refused, or answered with help.
 * `since`: it is run again, after it was cut off; what they asked for since then is what it came to.
 */
export async function runCommand(
  desk: Desk,
  { args, user, since }: { args: string[]; user: string; since?: number },
): Promise<Outcome | Refusal> {
  if (args.join(" ").length > longestCommand) {
    return refuse("too-long", `That command is longer than ${longestCommand} characters.`, "Say it shorter.");
  }
  const [typed = "help", ...rest] = args;
  const verb = typed.toLowerCase();
  if (!isVerb(verb)) return { kind: "help", unknown: { typed, meant: nearest(verb, Object.keys(verbs)) } };
  switch (verb) {
    case "help":
      return { kind: "help" };
    case "renew":
      return renew(desk, rest, { user, since });
    case "chain":
    case "why":
      return explain(desk, verb, rest.join(" "));
    case "trace":
      return trace(desk, rest);
    case "freeze":
      return freeze(desk, rest, user);
    case "thaw":
      return thaw(desk, rest, user);
    case "expiring":
    case "expired":
    case "show":
    case "host":
    case "owner":
    case "issuer":
    case "serial":
      return ask(desk, [verb, ...rest]);
  }
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

async function ask(desk: Desk, words: string[]): Promise<Outcome | Refusal> {
  const query = parseQuery(words);
  if (isRefusal(query)) return query;
  const answer = await desk.ask(query);
  return isRefusal(answer) ? answer : { kind: "answer", answer };
}

async function renew(
  desk: Desk,
  [name, ...words]: string[],
  { user, since }: { user: string; since: number | undefined },
): Promise<Outcome | Refusal> {
  if (name === undefined) return missing("renew", `Services: ${known(desk)}.`);
  const service = desk.services.get(name.toLowerCase());
  if (service === undefined) return unknownService(desk, name);
  const request = await desk.renew({ service, requester: user, reason: words.join(" ") || "no reason given", since });
  return isRefusal(request) ? request : { kind: "proposed", request, vault: desk.vault() };
}

async function explain(desk: Desk, verb: "chain" | "why", name: string): Promise<Outcome | Refusal> {
  if (name === "") return missing(verb, `Services: ${known(desk)}.`);
  if (verb === "chain") {
    const chains = await desk.chain(name);
    return isRefusal(chains) ? chains : { kind: "chain", name, chains };
  }
  const why = await desk.why(name);
  return isRefusal(why) ? why : { kind: "why", name, why };
}

async function trace(desk: Desk, [id]: string[]): Promise<Outcome | Refusal> {
  if (id === undefined) return missing("trace", "A request's id, such as r-abcd2345, stands in its message.");
  const found = await desk.trace(id.toLowerCase());
  return isRefusal(found) ? found : { kind: "trace", trace: found };
}

async function freeze(desk: Desk, words: string[], user: string): Promise<Outcome | Refusal> {
  const [first = "", ...rest] = words;
  const named = desk.services.has(first.toLowerCase());
  const meant = nearest(first, desk.services.keys());
  // A misspelt service must not freeze everything.
  if (!named && first !== "all" && meant !== null) {
    return refuse(
      "unknown-service",
      `There is no service ${first}.`,
      `Did you mean ${meant}? For everything: /cert freeze all <reason>`,
    );
  }
  const reason = (named || first === "all" ? rest : words).join(" ");
  const done = await desk.freeze({ scope: named ? first.toLowerCase() : "*", user, reason });
  return isRefusal(done) ? done : { kind: "frozen", freeze: done };
}

async function thaw(desk: Desk, [name = "all"]: string[], user: string): Promise<Outcome | Refusal> {
  if (name !== "all" && !desk.services.has(name.toLowerCase())) return unknownService(desk, name);
  const ended = await desk.thaw({ scope: name === "all" ? "*" : name.toLowerCase(), user });
  return isRefusal(ended) ? ended : { kind: "thawed", freeze: ended };
}

function unknownService(desk: Desk, name: string): Refusal {
  const meant = nearest(name, desk.services.keys());
  return refuse(
    "unknown-service",
    `There is no service ${name}.`,
    meant === null ? `Services: ${known(desk)}.` : `Did you mean ${meant}?`,
  );
}

const missing = (verb: Verb, more: string) => refuse("missing-argument", `Write: /cert ${verbs[verb].usage}`, more);

const known = (desk: Desk) => [...desk.services.keys()].toSorted().slice(0, 20).join(", ") || "none";
