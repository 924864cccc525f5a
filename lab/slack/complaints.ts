import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * Puts what a schema found wrong into Slack's words: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 * `root` is the pointer of the checked value, such as `/blocks`.
 */
export function complaints(error: z.ZodError, value: unknown, root: string): string[] {
  return error.issues.flatMap((issue) => describe(issue, value, root));
}

/** A finding at a place, as Slack writes it. */
export function complaint(text: string, root: string, path: PropertyKey[] = []): string {
  const pointer = root + path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return pointer === "" ? text : `${text} [json-pointer:${pointer}]`;
}

function describe(issue: Issue, value: unknown, root: string): string[] {
  const { path } = issue;
  const found = valueAt(value, path);
  const parent = path.slice(0, -1);
  if (issue.code !== "custom" && found === undefined && path.length > 0) {
    return [complaint(`missing required field: ${String(path.at(-1))}`, root, parent)];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => complaint(`invalid additional property: ${key}`, root, path));
    case "too_big":
      return [complaint(sizeProblem(issue.origin, "less", Number(issue.maximum)), root, path)];
    case "too_small":
      return [complaint(sizeProblem(issue.origin, "more", Number(issue.minimum)), root, path)];
    case "invalid_union":
      // A failed discriminator comes without branches; an undiscriminated union says only that nothing fits.
      return issue.errors.length === 0 && path.at(-1) === "type"
        ? [complaint(`unsupported type: ${String(found)}`, root, path)]
        : [complaint("failed to match all allowed schemas", root, path)];
    case "invalid_type":
      return [complaint(`must provide ${article(issue.expected)}`, root, path)];
    case "invalid_value":
      return [complaint(`must be a valid enum value: ${issue.values.map(String).join(", ")}`, root, path)];
    case "custom":
    case "invalid_format":
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
      return [complaint(issue.message, root, path)];
  }
}

function sizeProblem(origin: string, side: "less" | "more", limit: number): string {
  if (origin === "string") return `must be ${side} than ${side === "less" ? limit + 1 : limit - 1} characters`;
  if (origin === "number") return `must be ${side} than ${side === "less" ? limit + 1 : limit - 1}`;
  return `no ${side === "less" ? "more" : "fewer"} than ${limit} items allowed`;
}

function article(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
