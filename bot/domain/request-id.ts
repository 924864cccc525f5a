import type { Kind } from "./request.ts";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

const prefixes: Record<Kind, string> = {
  renewal: "r",
  intention: "i",
  firewall: "f",
  revocation: "v",
  enrolment: "e",
};

/** Its kind's letter, `-`, and a letter of a–z2–7 for each byte: of eight, forty bits, easy to read out and to type. */
export function idSpelling(kind: Kind, bytes: Uint8Array): string {
  return `${prefixes[kind]}-${Array.from(bytes, (byte) => letters[byte & 31]).join("")}`;
}
