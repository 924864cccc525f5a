import { Failure } from "../../errors.ts";

// https://sqlite.org/rescode.html: the low byte is the primary result code.
const told: Record<number, (file: string) => [code: string, message: string, hint: string]> = {
  8: (file) => [
    "store-read-only",
    `The store ${file} cannot be written.`,
    "Give the bot's user write access to the file and to its folder.",
  ],
  10: (file) => [
    "store-io",
    `The disk under the store ${file} answered with an error.`,
    "Look at the kernel log and the disk. What was acknowledged before is kept.",
  ],
  11: (file) => [
    "store-damaged",
    `The store ${file} is damaged.`,
    "Stop the bot, keep a copy of the file, and restore the last backup.",
  ],
  13: (file) => [
    "store-full",
    `The disk under the store ${file} is full: nothing of this change was saved.`,
    "Free some space on that disk and try again. What was acknowledged before is kept.",
  ],
  14: (file) => [
    "store-unreachable",
    `The store ${file} cannot be opened.`,
    "Check that its folder exists and that the bot's user may write there.",
  ],
  26: (file) => [
    "store-not-a-database",
    `${file} is not a SQLite database.`,
    "Move that file out of the way, or point `data` in certops.yaml at another folder.",
  ],
};

/** SQLite's own refusals, told to a person; anything else comes back as it was. */
export function storeFailure(error: unknown, file: string): unknown {
  const tell = told[(sqliteCode(error) ?? 0) & 0xff];
  return tell ? new Failure(...tell(file), { cause: error }) : error;
}

/** SQLite's extended result code, or null when the error is none of SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode;
}
