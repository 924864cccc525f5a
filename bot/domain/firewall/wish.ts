import { parseDay } from "../day.ts";
import { parseDuration } from "../duration.ts";
import { at, type FieldProblem } from "../forms.ts";
import { mentionedIn } from "../mention.ts";
import { refuse, type Refusal } from "../refusal.ts";
import { visible } from "../visible.ts";
import type { FirewallRule } from "./rule.ts";

/** What somebody wants opened, word by word as they wrote it; "" where they said nothing. */
export interface WishFields {
  from: string;
  to: string;
  /** `tcp/8443`, `udp/53`, `tcp/8000-8010` */
  ports: string;
  /** `90d`, `2026-12-31`, `forever` */
  valid: string;
  /** A day, from which on. */
  start: string;
  owner: string;
  ticket: string;
  reason: string;
}

export type WishField = keyof WishFields;

export type FieldRefusal = FieldProblem<WishField>;

/** For how long: so many milliseconds from its beginning, until a time of the epoch, or for good. */
export type Valid = { forMs: number } | { until: number } | "forever";

/** The same, understood: what its words alone can tell is well-formed. */
export interface Wish {
  from: string;
  to: string;
  protocol: FirewallRule["protocol"];
  ports: FirewallRule["ports"];
  /** null: as certops.yaml has it. */
  valid: Valid | null;
  startsAt: number | null;
  owner: string | null;
  ticket: string | null;
  reason: string;
}

/** Everything that is wrong with what was written, one refusal a field; or what it says. */
export function readWish(fields: WishFields): Wish | FieldRefusal[] {
  const { from, to, reason } = fields;
  const ports = parsePorts(fields.ports);
  const valid = parseValid(fields.valid);
  const start = parseStart(fields.start);
  const owner = parseOwner(fields.owner);
  const ticket = parseTicket(fields.ticket);
  const wrong = [
    from.trim() === "" ? at("from", missing("Who is to be let through?", ends)) : null,
    to.trim() === "" ? at("to", missing("To whom?", ends)) : null,
    "refused" in ports ? at("ports", ports) : null,
    isRefused(valid) ? at("valid", valid) : null,
    isRefused(start) ? at("start", start) : null,
    isRefused(owner) ? at("owner", owner) : null,
    isRefused(ticket) ? at("ticket", ticket) : null,
    reason.trim() === ""
      ? at("reason", missing("Why?", "Say in a few words what it is for: who approves it has to know."))
      : null,
  ].filter((one) => one !== null);
  if (
    wrong.length > 0 ||
    "refused" in ports ||
    isRefused(valid) ||
    isRefused(start) ||
    isRefused(owner) ||
    isRefused(ticket)
  )
    return wrong;
  return {
    ...ports,
    from: from.trim(),
    to: to.trim(),
    valid,
    startsAt: start,
    owner,
    ticket,
    reason: visible(reason).trim().replaceAll(/\s+/g, " "),
  };
}

const isRefused = (value: unknown): value is Refusal =>
  typeof value === "object" && value !== null && "refused" in value;

const ends = "A service, an address such as 10.0.0.5, a network such as 10.0.0.0/24, or a zone of certops.yaml.";

const missing = (what: string, hint: string) => refuse("missing-argument", what, hint);

/** As much of somebody's text as a sentence can bear. */
export function quoted(text: string): string {
  const clean = visible(text).replaceAll(/\s+/g, " ").trim();
  return clean.length > 40 ? `${clean.slice(0, 39)}…` : clean;
}

/** "tcp/8443", "8443/tcp", "8443", "tcp/8000-8010" */
export function parsePorts(text: string): Pick<FirewallRule, "protocol" | "ports"> | Refusal {
  const typed = text.trim().toLowerCase();
  if (typed === "") return missing("Which port?", portsLook);
  const [, before, first = "", last = first, after] =
    /^(?:([a-z]+)[/: ])?(\d{1,5})(?:[-–](\d{1,5}))?(?:[/: ]([a-z]+))?$/.exec(typed) ?? [];
  const protocol = before ?? after ?? "tcp";
  if (first === "" || (before !== undefined && after !== undefined)) {
    return refuse("bad-port", `${quoted(text)} is no port.`, portsLook);
  }
  if (protocol !== "tcp" && protocol !== "udp") {
    return refuse("bad-protocol", `${protocol} cannot be opened.`, "The firewall opens tcp and udp.");
  }
  const ports = { first: Number(first), last: Number(last) };
  const beyond = [ports.first, ports.last].find((port) => port < 1 || port > 65_535);
  if (beyond !== undefined) return refuse("bad-port", `There is no port ${beyond}.`, "Ports go from 1 to 65535.");
  if (ports.first <= ports.last) return { protocol, ports };
  return refuse("bad-port", `${first}-${last} runs backwards.`, `Did you mean ${last}-${first}?`);
}

const portsLook = "Write it as tcp/8443, udp/53 or tcp/8000-8010.";

/** "90d", "forever", or the last day of it; null: nothing was said. */
export function parseValid(text: string): Valid | null | Refusal {
  const typed = text.trim().toLowerCase();
  if (typed === "") return null;
  if (typed === "forever") return "forever";
  const forMs = parseDuration(typed);
  if (forMs !== null) return { forMs };
  const day = parseDay(typed);
  if (day !== null) return { until: day + dayMs };
  return refuse(
    "bad-validity",
    `${quoted(text)} says not until when.`,
    "Write it as 90d, 12h, a last day such as 2026-12-31, or forever (which takes two approvers).",
  );
}

const dayMs = 86_400_000;

function parseStart(text: string): number | null | Refusal {
  if (text.trim() === "") return null;
  return (
    parseDay(text.trim()) ??
    refuse("bad-start", `${quoted(text)} is no day.`, "Write it as 2026-12-01: it begins then, at midnight UTC.")
  );
}

/** Somebody in Slack as an id, a team or an operator as a word; null: nobody was named. */
function parseOwner(text: string): string | null | Refusal {
  const typed = text.trim();
  if (typed === "") return null;
  const owner = mentionedIn(typed) ?? typed.replace(/^@/, "");
  if (/^[A-Za-z0-9][\w.:+-]{0,63}$/.test(owner)) return owner;
  return refuse(
    "bad-owner",
    `${quoted(text)} is no owner.`,
    "Name a person or a team in one word, such as @ana or payments.",
  );
}

function parseTicket(text: string): string | null | Refusal {
  const typed = text.trim();
  if (typed === "") return null;
  if (/^#?[A-Za-z0-9][\w./#-]{0,63}$/.test(typed)) return typed;
  return refuse("bad-ticket", `${quoted(text)} is no ticket's number.`, "It is one word, such as OPS-4711.");
}
