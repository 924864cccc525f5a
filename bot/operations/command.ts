import type { Answer } from "../domain/answer.ts";
import type { Freeze } from "../domain/freeze.ts";
import type { Passkey } from "../domain/passkey.ts";
import type { FirewallPolicy } from "../domain/firewall/policy.ts";
import type { FieldProblem, IntentionFields, RenewalFields } from "../domain/forms.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { nearest } from "../domain/nearest.ts";
import { parseQuery } from "../domain/query.ts";
import type { Query } from "../domain/query.ts";
import { isRefusal, refuse } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Pair } from "../domain/intention.ts";
import type { IntentionRequest } from "../domain/intention-request.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Suggestion } from "../domain/suggest.ts";
import type { Request } from "../domain/request.ts";
import { reasons } from "../domain/revocation/reason.ts";
import type { RevocationRequest } from "../domain/revocation/revocation-request.ts";
import type { Trace } from "../domain/trace.ts";
import type { Snooze, SnoozeFields } from "../domain/snooze.ts";
import type { VaultHealth } from "../domain/vault-health.ts";
import { type ApprovalsDesk, runApprovals } from "./approvals-command.ts";
import { noSuchService } from "./check-renewal.ts";
import type { CallAnswer } from "./explain-call.ts";
import type { ServedChain } from "./explain-chain.ts";
import type { PairWhy } from "./explain-pair.ts";
import type { Why } from "./explain-why.ts";
import type { AccessCheck } from "./firewall/check-access.ts";
import type { Hidden } from "./firewall/find-hidden.ts";
import { type FirewallDesk, runFirewall } from "./firewall/firewall-command.ts";
import type { RuleList } from "./firewall/list-rules.ts";
import type { RuleHistory } from "./firewall/rule-history.ts";
import type { RuleShown } from "./firewall/show-rule.ts";
import type { IntentionList } from "./list-intentions.ts";
import type { OpenRequests } from "./list-approvals.ts";
import { runMesh } from "./mesh-command.ts";
import type { StepUp } from "./passkeys/ask-for-passkey.ts";
import type { EnrolLink } from "./passkeys/enrol-passkey.ts";
import { type PasskeyDesk, runPasskeys } from "./passkeys/passkey-command.ts";
import type { RequestForm } from "./delivered.ts";
import { readOptions } from "./options.ts";
import type { WantedIntention } from "./propose-intention.ts";
import type { Snoozed } from "./snooze.ts";
import type { Wanted } from "./propose-renewal.ts";
import type { WantedRevocation } from "./revocation/propose-revocation.ts";
import { type Command, isVerb, meantBy, type Verb, verbs } from "./verbs.ts";

/** What a command came to. */
export type Outcome =
  /** `hidden`: those of its endpoints that the firewall keeps the bot from looking at. */
  | { kind: "answer"; answer: Answer; hidden: Hidden[] }
  /** `vault`: as the bot saw it last; null when it has not looked yet, or the request does not need it. */
  | { kind: "proposed"; request: Request; vault: VaultHealth | null }
  /** `request`: as it would be opened; nothing was asked for. */
  | { kind: "dry-run"; request: RenewalRequest; vault: VaultHealth | null }
  | { kind: "chain"; name: string; chains: ServedChain[] }
  | { kind: "why"; name: string; why: Why; hidden: Hidden[] }
  | { kind: "pair-why"; why: PairWhy }
  | { kind: "trace"; trace: Trace }
  | { kind: "frozen" | "thawed"; freeze: Freeze }
  | ({ kind: "snoozed" } & Snoozed)
  | { kind: "woken"; snooze: Snooze }
  | { kind: "enrol-link"; link: EnrolLink }
  | { kind: "passkeys"; passkeys: Passkey[] }
  | { kind: "passkey-withdrawn"; passkey: Passkey }
  | { kind: "intentions"; list: IntentionList }
  | { kind: "call-why"; why: CallAnswer }
  /** A form is to be filled in; where there is none, what is to be typed. */
  | { kind: "firewall-form"; policy: FirewallPolicy }
  | { kind: "approvals"; list: OpenRequests }
  /** What was asked of a request is done. */
  | { kind: "acted"; form: RequestForm["form"]; request: Request }
  | { kind: "decided-before"; request: Request }
  /** It waits for a passkey. */
  | { kind: "step-up"; stepUp: StepUp }
  | { kind: "request-form"; form: RequestForm["form"]; request: Request }
  | { kind: "rules"; list: RuleList }
  | { kind: "rule"; rule: RuleShown }
  | { kind: "rule-history"; history: RuleHistory }
  | { kind: "access"; check: AccessCheck }
  /** `meant`: a command and its verb, such as `/mesh allow`. */
  | { kind: "help"; command: Command; unknown?: { typed: string; meant: string | null } };

/** The operations behind the commands, bound to what they need. `user`: a Slack id, or `operator:<name>`. */
export interface Desk {
  services: Map<string, ManagedService>;
  vault(): VaultHealth | null;
  ask(query: Query): Promise<Answer | Refusal>;
  renew(wanted: Wanted): Promise<RenewalRequest | Refusal>;
  /** As `renew` would open it; nothing is written. */
  tryRenewal(wanted: Wanted): Promise<RenewalRequest | Refusal>;
  /** What is wrong with a form for one; empty: nothing. */
  checkRenewal(fields: RenewalFields & { requester: string }): Promise<FieldProblem[] | Refusal>;
  /** The services that somebody may mean who typed so much of a name. */
  suggest(typed: string): Promise<Suggestion[]>;
  revoke(wanted: WantedRevocation): Promise<RevocationRequest | Refusal>;
  chain(name: string): Promise<ServedChain[] | Refusal>;
  why(name: string): Promise<Why | Refusal>;
  whyPair(pair: Pair): Promise<PairWhy | Refusal>;
  trace(id: string): Promise<Trace | Refusal>;
  freeze(wanted: { scope: string; user: string; reason: string }): Promise<Freeze | Refusal>;
  thaw(wanted: { scope: string; user: string }): Promise<Freeze | Refusal>;
  snooze(wanted: SnoozeFields & { what: string; user: string }): Promise<Snoozed | Refusal>;
  wake(wanted: { what: string; user: string }): Promise<Snooze | Refusal>;
  approvals: ApprovalsDesk;
  /** null where certops.yaml has no mesh. */
  mesh: MeshDesk | null;
  /** null where it has no firewall. */
  firewall: FirewallDesk | null;
  /** null where it has no passkeys. */
  passkeys: PasskeyDesk | null;
}

export interface MeshDesk {
  services: string[];
  list(): Promise<IntentionList | Refusal>;
  ask(wanted: WantedIntention): Promise<IntentionRequest | Refusal>;
  /** What is wrong with a form for one; empty: nothing. */
  check(fields: IntentionFields & { requester: string }): Promise<FieldProblem[] | Refusal>;
  why(pair: Pair): Promise<CallAnswer | Refusal>;
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
  { command, args, user, since }: { command: Command; args: string[]; user: string; since?: number },
): Promise<Outcome | Refusal> {
  if (args.join(" ").length > longestCommand) {
    return refuse("too-long", `That command is longer than ${longestCommand} characters.`, "Say it shorter.");
  }
  const [typed = command === "/approvals" ? "list" : "help", ...given] = args;
  const verb = typed.toLowerCase();
  const read = readOptions(command, verb, given);
  if (isRefusal(read)) return read;
  const { words: rest, isDryRun } = read;
  const said = { words: rest, user, since };
  if (command === "/mesh" && isVerb(command, verb)) return runMesh(desk.mesh, verb, said);
  if (command === "/firewall" && isVerb(command, verb)) return runFirewall(desk.firewall, verb, said);
  if (command === "/approvals" && isVerb(command, verb)) return runApprovals(desk.approvals, verb, said);
  if (command !== "/cert" || !isVerb(command, verb)) {
    return { kind: "help", command, unknown: { typed, meant: meantBy(command, verb) } };
  }
  switch (verb) {
    case "help":
      return { kind: "help", command };
    case "renew":
      return renew(desk, rest, { user, since, isDryRun });
    case "revoke":
      return revoke(desk, rest, { user, since });
    case "chain":
    case "why":
      return rest.length === 2 && verb === "why" ? explainPair(desk, rest) : explain(desk, verb, rest.join(" "));
    case "trace":
      return trace(desk, rest);
    case "snooze":
      return snooze(desk, rest, user);
    case "enrol":
    case "passkeys":
      return runPasskeys(desk.passkeys, verb, { words: rest, user });
    case "freeze":
      return freeze(desk, rest, user);
    case "thaw":
      return thaw(desk, rest, user);
    case "expiring":
    case "expired":
    case "ask":
    case "show":
    case "host":
    case "owner":
    case "issuer":
    case "serial":
      return ask(desk, [verb, ...rest]);
  }
}

async function ask(desk: Desk, words: string[]): Promise<Outcome | Refusal> {
  const query = parseQuery(words);
  if (isRefusal(query)) return query;
  const answer = await desk.ask(query);
  if (isRefusal(answer)) return answer;
  return { kind: "answer", answer, hidden: await hiddenAmong(desk, answer.unknown) };
}

async function hiddenAmong({ firewall }: Desk, unknown: { endpoint: string }[]): Promise<Hidden[]> {
  return firewall === null ? [] : firewall.hidden(unknown.map(({ endpoint }) => endpoint));
}

async function renew(
  desk: Desk,
  [name, ...words]: string[],
  { user, since, isDryRun }: { user: string; since: number | undefined; isDryRun: boolean },
): Promise<Outcome | Refusal> {
  if (name === undefined) return missing("renew", `Services: ${known(desk)}.`);
  const service = desk.services.get(name.toLowerCase());
  if (service === undefined) return unknownService(desk, name);
  const wanted = { service, requester: user, reason: words.join(" ") || "no reason given", since };
  const request = await (isDryRun ? desk.tryRenewal(wanted) : desk.renew(wanted));
  return isRefusal(request) ? request : { kind: isDryRun ? "dry-run" : "proposed", request, vault: desk.vault() };
}

async function revoke(
  desk: Desk,
  [target, reason, ...words]: string[],
  { user, since }: { user: string; since: number | undefined },
): Promise<Outcome | Refusal> {
  if (target === undefined) return missing("revoke", `Reasons: ${Object.keys(reasons).join(", ")}.`);
  const request = await desk.revoke({ target, reason, text: words.join(" "), requester: user, since });
  return isRefusal(request) ? request : { kind: "proposed", request, vault: desk.vault() };
}

async function explain(desk: Desk, verb: "chain" | "why", name: string): Promise<Outcome | Refusal> {
  if (name === "") return missing(verb, `Services: ${known(desk)}.`);
  if (verb === "chain") {
    const chains = await desk.chain(name);
    return isRefusal(chains) ? chains : { kind: "chain", name, chains };
  }
  const why = await desk.why(name);
  if (isRefusal(why)) return why;
  const out = why.endpoints.filter(({ verdict }) => verdict === "out of reach");
  const hidden = await hiddenAmong(
    desk,
    out.map(({ endpoint }) => ({ endpoint: endpoint.id })),
  );
  return { kind: "why", name, why, hidden };
}

async function explainPair(desk: Desk, words: string[]): Promise<Outcome | Refusal> {
  const [source = "", destination = ""] = words.map((word) => word.toLowerCase());
  for (const name of [source, destination]) if (!desk.services.has(name)) return unknownService(desk, name);
  const why = await desk.whyPair({ source, destination });
  return isRefusal(why) ? why : { kind: "pair-why", why };
}

async function trace(desk: Desk, [id]: string[]): Promise<Outcome | Refusal> {
  if (id === undefined) return missing("trace", "A request's id, such as r-abcd2345, stands in its message.");
  const found = await desk.trace(id.toLowerCase());
  return isRefusal(found) ? found : { kind: "trace", trace: found };
}

/** What may be several words: it ends where the time begins. */
async function snooze(desk: Desk, words: string[], user: string): Promise<Outcome | Refusal> {
  const end = words.findIndex((word, index) => index > 0 && /^(?:off|\d[\d.]*[a-z]+|\d{4}-\d{2}-\d{2})$/i.test(word));
  const what = words.slice(0, end < 0 ? 1 : end).join(" ");
  if (what === "" || end < 0)
    return missing("snooze", "Such as: /cert snooze service-a 7d it is switched off on Friday");
  const until = words[end] ?? "";
  if (until.toLowerCase() === "off") {
    const woken = await desk.wake({ what, user });
    return isRefusal(woken) ? woken : { kind: "woken", snooze: woken };
  }
  const done = await desk.snooze({ what, until, reason: words.slice(end + 1).join(" "), user });
  return isRefusal(done) ? done : { kind: "snoozed", ...done };
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

const unknownService = (desk: Desk, name: string): Refusal => noSuchService(desk.services, name);

const missing = (verb: Verb<"/cert">, more: string) =>
  refuse("missing-argument", `Write: /cert ${verbs["/cert"][verb].usage}`, more);

const known = (desk: Desk) => [...desk.services.keys()].toSorted().slice(0, 20).join(", ") || "none";
