import { open } from "node:fs/promises";
import { Failure } from "../errors.ts";

/** The lines of a text file, one after the other: logs are longer than memory. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    await using handle = await open(file);
    yield* handle.readLines({ encoding: "utf8" });
  } catch (error) {
    throw new Failure(
      "log-unreadable",
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "Check that it exists and that the bot's user may read it.",
      { cause: error },
    );
  }
}
