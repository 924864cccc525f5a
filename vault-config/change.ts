import type { FieldChange } from "./fields.ts";
import type { VaultObject } from "./objects.ts";

/** One object that Vault did not hold as wanted. */
export interface Change {
  action: "create" | "change";
  kind: VaultObject["kind"];
  path: string;
  fields: FieldChange[];
}

/** The change as a person reads it: the object, then what each field loses and gains. */
export function describeChange({ action, kind, path, fields }: Change): string {
  const title = `${action === "create" ? "+" : "~"} ${kind} ${path}`;
  return [title, ...fields.flatMap((field) => describeField(field, action))].join("\n");
}

function describeField({ field, from, to }: FieldChange, action: Change["action"]): string[] {
  if (isText(from) || isText(to)) return [`    ${field}:`, ...describeLines(textOf(from), textOf(to))];
  const gained = `  + ${field} = ${JSON.stringify(to)}`;
  return action === "create" ? [gained] : [`  - ${field} = ${JSON.stringify(from)}`, gained];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

function textOf(value: unknown): string[] {
  return typeof value === "string" ? value.trimEnd().split("\n") : [];
}

/** Lines only one side has, around what both begin and end with. */
function describeLines(from: string[], to: string[]): string[] {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < from.length - head && tail < to.length - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const lost = from.slice(head, from.length - tail).map((line) => `  -   ${line}`);
  const gained = to.slice(head, to.length - tail).map((line) => `  +   ${line}`);
  return [...lost, ...gained];
}
