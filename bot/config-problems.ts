import { isNode, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { z } from "zod";

/** One thing that is wrong with certops.yaml. `path` as in the file, for example ["services", "service-a", "ttl"]. */
export interface ConfigProblem {
  path: (string | number)[];
  sentence: string;
}

/** certops.yaml as text → its value, and where in the file a path stands. */
export function readYaml(source: string): {
  value: unknown;
  problems: ConfigProblem[];
  lineOf: (path: Path) => number;
} {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  return {
    value: document.errors.length > 0 ? null : document.toJS(),
    problems: document.errors.map((error) => ({
      path: [],
      sentence: `line ${lines.linePos(error.pos[0]).line}: not YAML: ${firstLine(error.message)}`,
    })),
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
  };
}

/** What zod found → sentences: the key, what was found there and what is expected. */
export function explainIssues(value: unknown, issues: readonly z.core.$ZodIssue[]): ConfigProblem[] {
  return issues.map((issue) => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    if (issue.code === "unrecognized_keys")
      return { path: [...path, ...issue.keys.slice(0, 1)], sentence: issue.message };
    const found = valueAt(value, path);
    if (issue.code === "invalid_key")
      return { path, sentence: `found the key ${path.at(-1)}, expected ${issue.message}` };
    if (found === undefined) return { path, sentence: `missing, expected ${issue.message}` };
    return { path, sentence: `found ${shown(found)}, expected ${issue.message}` };
  });
}

type Path = readonly (string | number)[];

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | null | undefined)?.[key], value);
}

function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a section";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Where the path begins, or the nearest of its parents that is in the file. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

const firstLine = (message: string) => (message.split("\n")[0] ?? "").replace(/ at line \d+.*$/, "");
