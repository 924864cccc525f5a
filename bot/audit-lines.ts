import { z } from "zod";
import type { AuditRow } from "./domain/audit-chain.ts";
import { Failure } from "./errors.ts";
import { jsonOrNull } from "./domain/json.ts";

// The audit log as JSON lines, one row each: what is exported, and what goes over the operators' socket.

const schema = z.strictObject({
  seq: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  previous: z.string(),
  hash: z.string(),
});

/** Of what others wrote nothing may steer a terminal. As JSON the escapes are the characters themselves. */
const steering = /[\p{Cc}\p{Cf}]/gu;

const escaped = (character: string) =>
  [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("");

export async function* linesOfAudit(rows: AsyncIterable<AuditRow>): AsyncGenerator<string> {
  for await (const { detail, ...row } of rows) {
    const { previous, hash, ...before } = row;
    const line = JSON.stringify({ ...before, detail: JSON.parse(detail), previous, hash });
    yield `${line.replaceAll(steering, escaped)}\n`;
  }
}

/** The rows that were exported. JSON keeps the order of keys: a row's detail is the text that was hashed. Throws `not-an-export`. */
export async function* auditOfLines(lines: AsyncIterable<string>, from: string): AsyncGenerator<AuditRow> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const { success, data } = schema.safeParse(jsonOrNull(line));
    if (!success) {
      throw new Failure(
        "not-an-export",
        `Line ${number} of ${from} is no row of an audit log.`,
        "It has to be what `certops audit export` wrote.",
      );
    }
    yield { ...data, detail: JSON.stringify(data.detail) };
  }
}
