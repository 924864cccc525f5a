import { plain } from "./words.ts";

const longestPlan = 2_300;

/** Lines of which nobody can tell anything but whether they differ. */
const digests = /^\s+[~+-]\s+(?:id|ruleset)\s+= /;
const digest = /"([0-9a-f]{12})[0-9a-f]{52}"/g;
const uuid = /"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"/g;

/** Terraform's text from its first change on, its digests shortened so that they do not bury what is opened. */
export function terraformPlan(text: string): string {
  const all = plain(text).replaceAll("`", "ˋ").split("\n");
  const first = all.findIndex((line) => line.startsWith("  # "));
  const told = all
    .slice(Math.max(0, first))
    .filter((line) => line.trim() !== "")
    .map((line) => (digests.test(line) ? line.replaceAll(digest, '"$1…"').replaceAll(uuid, '"$1…"') : line));
  let room = longestPlan;
  const kept = told.filter((line) => (room -= line.length + 1) >= 0);
  const more = told.length - kept.length;
  return `\`\`\`\n${kept.join("\n")}\n\`\`\`${more > 0 ? `\n_…and ${more} more lines_` : ""}`;
}
