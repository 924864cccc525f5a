import { tellPair } from "../../domain/intention.ts";
import type { PairWhy } from "../../operations/explain-pair.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { revokedLines } from "./revoked.ts";
import { code, list, plain } from "./words.ts";

/** Why calls of one service to another fail: cause, side and fix, and what tells so. */
export function pairWhyView(why: PairWhy): Message {
  const { source, destination, side, cause, fix, evidence, unasked, revocations = {} } = why;
  const title = side === null ? `${tellPair(why)}: nothing in its way` : `Why ${tellPair(why)} fails`;
  const at = { caller: source, called: destination, network: "the way between them" };
  const said = [
    `${side === null ? "✅" : "❌"} ${plain(cause)}`,
    ...(side === null ? [] : [`*Side:* ${code(at[side])}`]),
    ...(fix === null ? [] : [`*Fix:* ${plain(fix)}`]),
  ];
  return message(`${title}: ${cause}`, [
    header(title),
    section(said.join("\n")),
    section([...evidence.map(plain), ...revokedLines(revocations)].map((one) => `• ${one}`).join("\n")),
    unasked.length === 0 ? null : section(`❔ ${list(unasked)} could not be asked whom they turned away.`),
    context(
      `Both were asked just now. One by one: ${code(`/cert why ${source}`)}, ${code(`/cert why ${destination}`)}; in the mesh: ${code(`/mesh why ${source} ${destination}`)}`,
    ),
  ]);
}
