import { readFile } from "node:fs/promises";
import { join } from "node:path";

const TEMPLATE = join(import.meta.dirname, "../../nomad/firewall/ruleset.nft.tftpl");

/** The module's own table with no rule in it, as `nft -f` reads it: everything is dropped. */
export async function closedTable(): Promise<string> {
  return withoutLoops(await readFile(TEMPLATE, "utf8"));
}

/** What a template gives for empty lists: what stands in none of its loops. */
function withoutLoops(template: string): string {
  let depth = 0;
  const kept = template.split("\n").filter((line) => {
    if (line.startsWith("%{ for ")) depth += 1;
    if (line.startsWith("%{ endfor")) depth -= 1;
    return depth === 0 && !line.startsWith("%{");
  });
  return kept.join("\n");
}
