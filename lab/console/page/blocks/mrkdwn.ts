/** Slack's mrkdwn as a tree. Pure: it knows no page, so it is tested without one. */
export type Node =
  | { type: "text" | "code" | "pre"; text: string }
  | { type: "bold" | "italic" | "strike" | "quote"; children: Node[] }
  | { type: "link"; url: string; label: string }
  | { type: "user" | "channel" | "group"; id: string; label: string | null }
  | { type: "broadcast"; text: string }
  | { type: "date"; seconds: number; format: string; url: string | null; fallback: string }
  | { type: "break" };

const STYLES = { "*": "bold", _: "italic", "~": "strike" } as const;
type Mark = keyof typeof STYLES;

export function parseMrkdwn(text: string): Node[] {
  const parts = text.split("```");
  // An odd fence at the end opens nothing: Slack shows it as typed.
  if (parts.length % 2 === 0) parts.splice(-2, 2, parts.slice(-2).join("```"));
  return parts.flatMap((part, index): Node[] =>
    index % 2 === 1 ? [{ type: "pre", text: unescape(part.replace(/^\n|\n$/g, "")) }] : parseLines(part),
  );
}

function parseLines(text: string): Node[] {
  const nodes: Node[] = [];
  let quoted: Node[] | null = null;
  text.split("\n").forEach((line, index) => {
    const quote = /^(?:&gt;|>) ?/.exec(line);
    if (quote) {
      if (quoted) quoted.push({ type: "break" });
      else nodes.push({ type: "quote", children: (quoted = []) });
      quoted.push(...parseInline(line.slice(quote[0].length)));
      return;
    }
    if (index > 0 && !quoted) nodes.push({ type: "break" });
    quoted = null;
    nodes.push(...parseInline(line));
  });
  return nodes;
}

function parseInline(line: string): Node[] {
  const nodes: Node[] = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: unescape(plain) });
    plain = "";
  };
  for (let at = 0; at < line.length;) {
    const found = codeAt(line, at) ?? angleAt(line, at) ?? styleAt(line, at);
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      plain += line[at++];
    }
  }
  flush();
  return nodes;
}

type Found = { node: Node; length: number } | null;

function match(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function codeAt(line: string, at: number): Found {
  const found = match(/`([^`]+)`/y, line, at);
  return found && { node: { type: "code", text: unescape(found[1] ?? "") }, length: found[0].length };
}

function angleAt(line: string, at: number): Found {
  const found = match(/<([^<>]+)>/y, line, at);
  return found && { node: token(found[1] ?? ""), length: found[0].length };
}

function token(inner: string): Node {
  const bar = inner.indexOf("|");
  const body = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (body.startsWith("@")) return { type: "user", id: body.slice(1), label };
  if (body.startsWith("#")) return { type: "channel", id: body.slice(1), label };
  if (body.startsWith("!subteam^")) return { type: "group", id: body.slice("!subteam^".length), label };
  if (body.startsWith("!date^")) {
    const [, seconds = "", format = "", url = null] = body.split("^");
    return { type: "date", seconds: Number(seconds), format, url, fallback: label ?? "" };
  }
  if (body.startsWith("!")) return { type: "broadcast", text: `@${label ?? body.slice(1)}` };
  const url = unescape(body);
  return { type: "link", url, label: label ?? url.replace(/^mailto:/, "") };
}

function styleAt(line: string, at: number): Found {
  const mark = line[at] as Mark;
  if (!(mark in STYLES) || isWord(line[at - 1]) || isSpace(line[at + 1])) return null;
  for (let end = line.indexOf(mark, at + 2); end > 0; end = line.indexOf(mark, end + 1)) {
    if (isSpace(line[end - 1]) || isWord(line[end + 1])) continue;
    const children = parseInline(line.slice(at + 1, end));
    return { node: { type: STYLES[mark], children }, length: end + 1 - at };
  }
  return null;
}

const isWord = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);
const unescape = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
