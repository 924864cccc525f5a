import { Failure } from "../../errors.ts";

/** A text as HCL has it: nothing in it is worked out, and it ends where it ends. */
export function hclText(value: string): string {
  if (/\p{Cc}/u.test(value)) {
    throw new Failure(
      "cts-variable",
      `A variable of the task holds a line end or another control character: ${JSON.stringify(value)}.`,
      "Correct firewall.cts.variables in certops.yaml.",
    );
  }
  const quoted = value.replace(/[\\"]/g, (sign) => `\\${sign}`).replace(/[$%](?=\{)/g, (sign) => sign + sign);
  return `"${quoted}"`;
}
