import { parseDuration } from "../duration.ts";
import { refuse, type Refusal } from "../refusal.ts";
import { parsePorts, quoted, type WishFields } from "./wish.ts";

const named = ["owner", "ticket", "from", "until"] as const;
type Named = (typeof named)[number];

const isNamed = (word: string): word is Named => named.some((one) => one === word);

/** How a request is typed in one line. */
export const requestUsage =
  "request <from> <to> <tcp/port> [90d] <reason> [owner=…] [ticket=…] [from=2026-12-01] [until=2026-12-31] [forever]";

/**
 * One line, word by word: who, to whom, which port, for how long, and why. `owner=`, `ticket=`, `from=` and `until=` may stand
 * anywhere. Only their order is read here: what each says is read by `readWish`. Refused: said-twice.
 */
export function parseRequest(words: string[]): WishFields | Refusal {
  const said = new Map<Named, string>();
  const rest: string[] = [];
  for (const word of words) {
    const [, name = "", value = ""] = /^([a-z]+)=(.*)$/s.exec(word) ?? [];
    if (!isNamed(name)) rest.push(word);
    else if (said.has(name)) return refuse("said-twice", `${name}= is said twice.`, "Say it once.");
    else said.set(name, value);
  }
  const [from = "", next = "", ...more] = rest;
  const [to = "", ...after] = arrows.includes(next) ? more : [next, ...more];
  const { ports, others } = portsFirst(after);
  const spanned = isSpan(others[0] ?? "");
  const reason = spanned ? others.slice(1) : others;
  // At the end, or in the place of a span; anywhere else it is a word of the reason.
  const forever = reason.at(-1)?.toLowerCase() === "forever";
  const ways = [spanned ? others[0] : "", said.get("until"), forever ? "forever" : ""].filter((one) => one);
  if (ways.length > 1) {
    return refuse(
      "said-twice",
      `It is said twice how long: ${ways.map((one) => quoted(one ?? "")).join(" and ")}.`,
      "Say it once.",
    );
  }
  return {
    from,
    to,
    ports,
    valid: ways[0] ?? "",
    start: said.get("from") ?? "",
    owner: said.get("owner") ?? "",
    ticket: said.get("ticket") ?? "",
    reason: (forever ? reason.slice(0, -1) : reason).join(" "),
  };
}

const arrows = ["→", "->"];

/** The port, also in two words: `tcp 8443`. */
function portsFirst([first = "", second = "", ...rest]: string[]): { ports: string; others: string[] } {
  const others = second === "" ? rest : [second, ...rest];
  const isProtocol = /^(tcp|udp)$/i.test(first) && !("refused" in parsePorts(second));
  return isProtocol ? { ports: `${first}/${second}`, others: rest } : { ports: first, others };
}

const isSpan = (word: string) =>
  parseDuration(word.toLowerCase()) !== null || /^\d{4}-\d{2}-\d{2}$/.test(word) || word.toLowerCase() === "forever";
