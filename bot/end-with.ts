import { visible } from "./domain/visible.ts";
import { Failure } from "./errors.ts";

/** The last words of a program that cannot do what it was started for; a defect is thrown on. */
export function endWith(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(visible(`certops: ${error.message}\n${error.hint}  (${error.code})\n`));
  process.exitCode = 2;
}
