import { refuse, type Refusal } from "../domain/refusal.ts";
import { type Command, isVerb, type Verb } from "./verbs.ts";

/** So many words of what is changed stand before the reason. An option there is none of the reason's words. */
const beforeReason: { [C in Command]: Partial<Record<Verb<C>, number>> } = {
  "/cert": { renew: 1, revoke: 2, snooze: 2, freeze: 1, thaw: 1 },
  "/mesh": { allow: 3, deny: 3 },
  "/approvals": {},
  "/firewall": { request: 4, extend: 2, remove: 1 },
};

const dryRun = "--dry-run";

/** Some keyboards make one long dash of the two. */
const optionOf = (word: string) => /^(?:--|[–—])([a-z].*)$/is.exec(word)?.[1]?.toLowerCase();

/**
 * What was typed without its options. `--dry-run` counts wherever it stands: nobody who writes it means to do it.
 * Refused: unknown-option.
 */
export function readOptions(
  command: Command,
  verb: string,
  words: string[],
): { words: string[]; isDryRun: boolean } | Refusal {
  const taken = command === "/cert" && verb === "renew" ? dryRun : null;
  if (!isVerb(command, verb)) return { words, isDryRun: false };
  const before = (beforeReason[command] as Partial<Record<string, number>>)[verb] ?? -1;
  let names = 0;
  const found = words.flatMap((word, index) => {
    const name = optionOf(word);
    if (name === undefined) names += 1;
    return name !== undefined && (name.startsWith("dry") || names <= before) ? [{ index, option: `--${name}` }] : [];
  });
  const unknown = found.find(({ option }) => option !== taken);
  if (unknown !== undefined) {
    return refuse(
      "unknown-option",
      `${command} ${verb} has no option ${unknown.option}.`,
      taken === null ? "Only /cert renew has one: --dry-run." : `It has one: ${taken}.`,
    );
  }
  const options = new Set(found.map(({ index }) => index));
  return { words: words.filter((_, index) => !options.has(index)), isDryRun: options.size > 0 };
}
