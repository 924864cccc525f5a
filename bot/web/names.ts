import { slackIds } from "../domain/mention.ts";
import type { Line, Part, Run } from "./spoken.ts";

type Names = ReadonlyMap<string, string>;

/** The Slack ids of all people and groups that are named there. */
export const idsIn = (parts: Part[]): string[] =>
  parts.flatMap(linesIn).flatMap(({ runs }) => runs.flatMap(({ id }) => id ?? []));

/** With names where they are known; the id stays with each. */
export function byName(parts: Part[], names: Names): Part[] {
  const run = (one: Run): Run => {
    const name = one.id === undefined ? undefined : names.get(one.id);
    return name === undefined ? one : { ...one, text: `@${name}` };
  };
  const lines = (all: Line[]) => all.map((line) => ({ ...line, runs: line.runs.map(run) }));
  return parts.map((part) => {
    if (part.kind === "rule") return part;
    return "fields" in part ? { ...part, fields: part.fields.map(lines) } : { ...part, lines: lines(part.lines) };
  });
}

function linesIn(part: Part): Line[] {
  if (part.kind === "rule") return [];
  return "fields" in part ? part.fields.flat() : part.lines;
}

/** The same of a sentence, in which they stand as they are. */
export const idsInSentence = (sentence: string): string[] => sentence.match(slackIds) ?? [];

export const sentenceByName = (sentence: string, names: Names): string =>
  sentence.replaceAll(slackIds, (id) => (names.has(id) ? `@${names.get(id)}` : id));
