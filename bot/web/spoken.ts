import type { Block } from "../slack/views/blocks.ts";
import { inSigns } from "./signs.ts";

/** What a message of Slack says, for a page: no markup is left, so that a page shows every text as text. */
export type Part =
  | { kind: "title" | "text" | "note"; lines: Line[] }
  | { kind: "fields"; fields: Line[][] }
  | { kind: "rule" };

export interface Line {
  quoted: boolean;
  runs: Run[];
}

/** `at`: a time, epoch milliseconds, to be told in the reader's own zone; `text` tells it in UTC. `id`: of whom Slack names. */
export interface Run {
  text: string;
  as: "plain" | "bold" | "italic" | "code" | "block" | "name" | "time";
  at?: number;
  id?: string;
}

/** Blocks as the views of Slack build them; what is clicked there is left out. */
export function spoken(blocks: Block[]): Part[] {
  return blocks.flatMap((block): Part[] => {
    if (block.type === "divider") return [{ kind: "rule" }];
    if (block.type === "context") {
      return block.elements.flatMap((one) =>
        "text" in one ? [{ kind: "note" as const, lines: linesOf(one.text ?? "") }] : [],
      );
    }
    if (block.type !== "section") return [];
    return [
      ...(block.text ? [{ kind: "text" as const, lines: linesOf(block.text.text) }] : []),
      ...(block.fields ? [{ kind: "fields" as const, fields: block.fields.map(({ text }) => linesOf(text)) }] : []),
    ];
  });
}

/** A text in Slack's markup. */
export function linesOf(markup: string): Line[] {
  return markup.split(/```\n?/).flatMap((part, index): Line[] => {
    if (index % 2 === 1) return [{ quoted: false, runs: [{ text: unescaped(part.trimEnd()), as: "block" }] }];
    const text = part.replaceAll(/^\n|\n$/g, "");
    if (text === "" && markup.includes("```")) return [];
    return text.split("\n").map((line) => {
      const quote = /^(?:&gt;|>) ?/.exec(line);
      // What people wrote stays as they wrote it.
      return quote === null
        ? { quoted: false, runs: runsOf(inSigns(line), "plain") }
        : { quoted: true, runs: runsOf(line.slice(quote[0].length), "plain") };
    });
  });
}

/** Code, tokens, bold, italic; in this order, for within code nothing else is markup. */
const marks =
  /`(?<code>[^`]+)`|<(?<token>[^<>]+)>|(?<!\w)\*(?<bold>\S(?:.*?\S)?)\*(?!\w)|(?<!\w)_(?<italic>\S(?:.*?\S)?)_(?!\w)/g;

function runsOf(line: string, as: "plain" | "bold" | "italic"): Run[] {
  const runs: Run[] = [];
  let end = 0;
  const plain = (text: string) => (text === "" ? [] : [{ text: unescaped(text), as }]);
  for (const match of line.matchAll(marks)) {
    const { code, token, bold, italic } = match.groups ?? {};
    runs.push(...plain(line.slice(end, match.index)));
    if (code !== undefined) runs.push({ text: unescaped(code), as: "code" });
    else if (token !== undefined) runs.push(tokenRun(token));
    else if (bold !== undefined) runs.push(...runsOf(bold, "bold"));
    else if (italic !== undefined) runs.push(...runsOf(italic, "italic"));
    end = match.index + match[0].length;
  }
  return [...runs, ...plain(line.slice(end))];
}

function tokenRun(token: string): Run {
  const [body = "", label] = token.split("|");
  const date = /^!date\^(\d+)\^/.exec(body);
  if (date) return { text: unescaped(label ?? ""), as: "time", at: Number(date[1]) * 1_000 };
  const id = /^(?:@|!subteam\^)(\w+)$/.exec(body)?.[1];
  return { text: `@${unescaped(label ?? id ?? body)}`, as: "name", ...(id !== undefined && { id }) };
}

const unescaped = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
