import { randomBytes } from "node:crypto";
import type { Kind } from "../domain/request.ts";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

const prefixes: Record<Kind, string> = {
  renewal: "r",
  intention: "i",
  firewall: "f",
  revocation: "v",
  enrolment: "e",
};

/** Its kind's letter, `-`, and eight characters of a–z2–7: forty bits, easy to read out and to type. */
export function requestId(kind: Kind): string {
  return `${prefixes[kind]}-${Array.from(randomBytes(8), (byte) => letters[byte & 31]).join("")}`;
}
