import { randomBytes } from "node:crypto";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

/** `r-` and eight characters of a–z2–7: forty bits, easy to read out and to type. */
export function requestId(): string {
  return `r-${Array.from(randomBytes(8), (byte) => letters[byte & 31]).join("")}`;
}
