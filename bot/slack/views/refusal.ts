import type { Refusal } from "../../domain/refusal.ts";
import { message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { mentioned } from "./words.ts";

/** An expected "no", told to the one who asked. */
export function refusalView(refusal: Refusal): Message {
  return sentence("✋", refusal);
}

/** Something broke while it worked for a person. */
export function failureView(failure: { code: string; message: string; hint: string }): Message {
  return sentence("⚠️", failure);
}

function sentence(
  mark: string,
  { code, message: what, hint }: { code: string; message: string; hint: string },
): Message {
  const said = `${mark} ${mentioned(what)}${hint ? `\n${mentioned(hint)}` : ""}`;
  return message(`${what} ${hint}`, [section(`${said}  ·  \`${code}\``)]);
}
