import { readFile } from "node:fs/promises";
import { Failure } from "../errors.ts";

/** What stands in a file that somebody else keeps; a Failure of that code and hint while it is missing or empty. */
export async function fileOr(file: string, code: string, hint: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.trim() === "") throw new Failure(code, `The file ${file} is missing or empty.`, hint);
  return text;
}

/** A token that an agent keeps in a file: read once, and again when what is held was refused. */
export interface HeldToken {
  /** Does the work with the token it holds; where that was refused, once more with the one that stands in the file now. */
  use<T>(work: (token: string) => Promise<T>): Promise<T>;
}

/** `code`: of the Failure while the file is missing. */
export function heldToken(
  file: string,
  { code, hint, wasRefused }: { code: string; hint: string; wasRefused: (error: unknown) => boolean },
): HeldToken {
  let held = "";
  const read = async () => (held = (await fileOr(file, code, hint)).trim());
  return {
    async use(work) {
      const used = held === "" ? await read() : held;
      try {
        return await work(used);
      } catch (error) {
        if (!wasRefused(error) || (await read()) === used) throw error;
        return work(held);
      }
    },
  };
}
