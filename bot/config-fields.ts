import { z } from "zod";
import { parseDuration } from "./domain/duration.ts";
import { nearest } from "./domain/nearest.ts";

// What the sections of certops.yaml are made of. Every message is the end of the sentence "found …, expected …".

export const text = (expected: string) => z.string({ error: expected }).trim().min(1, { error: expected });

export const matching = (pattern: RegExp, expected: string) => text(expected).regex(pattern, { error: expected });

export const duration = (example: string) => {
  const expected = `a duration such as ${example}`;
  return text(expected).transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === null) context.addIssue({ code: "custom", message: expected });
    return ms ?? 0;
  });
};

export const port = z
  .int({ error: "a port number" })
  .min(1, { error: "a port number" })
  .max(65_535, { error: "a port number" });

export const address = z.url({ protocol: /^https?$/, error: "an address such as https://127.0.0.1:8200" });

/** An origin at which browsers let a passkey be used. */
export const publicUrl = address.transform((value, context) => {
  const url = new URL(value);
  const isSecure = url.protocol === "https:" || url.hostname === "localhost";
  const isNamed = !/^[\d.]+$|^\[/.test(url.hostname);
  const isWhole = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (isSecure && isNamed && isWhole) return url.origin;
  context.addIssue({
    code: "custom",
    message: "https and a host name without a path, such as https://certops.example.com, or http://localhost:3000",
  });
  return z.NEVER;
});

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });

/** An object that refuses keys it does not know, with the nearest one it does. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(String(key), known)).join("; ")
        : `a section with ${known.join(", ")}`,
  });
}

function unknownKey(key: string, known: string[]): string {
  const meant = nearest(key, known);
  return `the key ${key} means nothing here: ${meant === null ? `known are ${known.join(", ")}` : `did you mean ${meant}?`}`;
}

export const listOf = <T extends z.ZodType>(item: T) => z.array(item, { error: "a list" });

const nameExpected = "a name of a–z, 0–9 and -";

export const name = matching(/^[a-z0-9][a-z0-9-]{0,62}$/, nameExpected);

export const mapOf = <T extends z.ZodType>(value: T) =>
  z.record(name, value, {
    error: (issue) => (issue.code === "invalid_key" ? nameExpected : "a section, one key for each"),
  });
