import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { parseRequest } from "../../domain/firewall/parse-request.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import type { FieldRefusal, WishFields } from "../../domain/firewall/wish.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { Outcome } from "../command.ts";
import { type Verb, verbs } from "../verbs.ts";
import type { AccessCheck } from "./check-access.ts";
import type { Hidden } from "./find-hidden.ts";
import type { RuleList } from "./list-rules.ts";
import type { Asking } from "./open-firewall.ts";
import type { WantedAccess } from "./propose-access.ts";
import type { WantedRule } from "./propose-rule.ts";
import type { RuleHistory } from "./rule-history.ts";
import type { RuleShown } from "./show-rule.ts";

/** The operations behind `/firewall` and its buttons, bound to what they need. */
export interface FirewallDesk {
  policy: FirewallPolicy;
  /** What is wrong with what somebody wants, quickly; empty: nothing. */
  objections(fields: WishFields): Promise<FieldRefusal[] | Refusal>;
  request(wanted: WantedRule): Promise<FirewallRequest | Refusal>;
  remove(wanted: Asking & { rule: string }): Promise<FirewallRequest | Refusal>;
  extend(wanted: Asking & { rule: string; valid: string }): Promise<FirewallRequest | Refusal>;
  /** For the bot itself, to one port of one host. */
  access(wanted: WantedAccess): Promise<FirewallRequest | Refusal>;
  /** `about`: a service, an address or an owner; "" is everything. */
  list(about: string): Promise<RuleList>;
  show(rule: string): Promise<RuleShown | Refusal>;
  history(about: string): Promise<RuleHistory | Refusal>;
  check(asked: { from: string; to: string; ports: string }): Promise<AccessCheck | Refusal>;
  /** Those of the endpoints, by their ids, that the firewall hides from the bot. */
  hidden(endpoints: string[]): Promise<Hidden[]>;
  letGo(wanted: { id: string; user: string }): Promise<RuleInForce | Refusal>;
  /** The approved rules once more, after the router was changed. */
  reapply(wanted: { user: string; since?: number | undefined }): Promise<FirewallRequest | Refusal>;
}

export const noFirewall = refuse(
  "no-firewall",
  "This certops minds no firewall.",
  "Its certops.yaml needs the sections consul and firewall: see bot/certops.example.yaml.",
);

interface Said {
  words: string[];
  user: string;
  since: number | undefined;
}

/** What was typed after `/firewall`. `desk`: null where certops.yaml has no firewall. */
export async function runFirewall(
  desk: FirewallDesk | null,
  verb: Verb<"/firewall">,
  said: Said,
): Promise<Outcome | Refusal> {
  if (verb === "help") return { kind: "help", command: "/firewall" };
  if (desk === null) return noFirewall;
  switch (verb) {
    case "request":
      return said.words.length === 0 ? { kind: "firewall-form", policy: desk.policy } : request(desk, said);
    case "list":
      return { kind: "rules", list: await desk.list(said.words.join(" ")) };
    case "show":
      return show(desk, said.words);
    case "remove":
      return remove(desk, said);
    case "extend":
      return extend(desk, said);
    case "check":
      return check(desk, said.words);
    case "history": {
      const history = await desk.history(said.words.join(" "));
      return isRefusal(history) ? history : { kind: "rule-history", history };
    }
  }
}

async function request(desk: FirewallDesk, { words, user: requester, since }: Said): Promise<Outcome | Refusal> {
  const fields = parseRequest(words);
  if (isRefusal(fields)) return fields;
  if (fields.from === "" || fields.to === "" || fields.ports === "") {
    return missing("request", "For example: /firewall request service-a service-b tcp/8443 90d the nightly export");
  }
  return proposed(await desk.request({ fields, requester, since }));
}

async function show(desk: FirewallDesk, [id]: string[]): Promise<Outcome | Refusal> {
  if (id === undefined) return missing("show", anId);
  const rule = await desk.show(id);
  return isRefusal(rule) ? rule : { kind: "rule", rule };
}

async function remove(desk: FirewallDesk, { words: [rule, ...why], user: requester, since }: Said) {
  if (rule === undefined) return missing("remove", anId);
  return proposed(await desk.remove({ rule, requester, reason: reasonOf(why), since }));
}

async function extend(desk: FirewallDesk, { words: [rule, ...rest], user: requester, since }: Said) {
  if (rule === undefined) return missing("extend", anId);
  const [first = "", ...more] = rest;
  // One that is misspelt must not become a word of the reason.
  const isSpan = /^(?:\d|forever$)/i.test(first);
  const reason = reasonOf(isSpan ? more : rest);
  return proposed(await desk.extend({ rule, valid: isSpan ? first : "", requester, reason, since }));
}

async function check(desk: FirewallDesk, words: string[]): Promise<Outcome | Refusal> {
  const { from, to, ports, reason } = parseWords(words);
  if (from === "" || to === "" || ports === "" || reason !== "") {
    return missing("check", "For example: /firewall check service-a service-b tcp/8443");
  }
  const access = await desk.check({ from, to, ports });
  return isRefusal(access) ? access : { kind: "access", check: access };
}

/** A question has the words of a request, without a reason. */
function parseWords(words: string[]): Pick<WishFields, "from" | "to" | "ports" | "reason"> {
  const fields = parseRequest(words);
  return isRefusal(fields) ? { from: "", to: "", ports: "", reason: "" } : fields;
}

const proposed = (asked: FirewallRequest | Refusal): Outcome | Refusal =>
  isRefusal(asked) ? asked : { kind: "proposed", request: asked, vault: null };

const reasonOf = (words: string[]) => words.join(" ") || "no reason given";

const anId = "A rule's id, such as f-abcd2345, stands in /firewall list.";

const missing = (verb: Verb<"/firewall">, hint: string) =>
  refuse("missing-argument", `Write: /firewall ${verbs["/firewall"][verb].usage}`, hint);
