import { expect } from "vitest";

/** Matches a `Problem` of this code: what happened, and some hint unless told which. */
export function problem(code: string, what: string | RegExp, hint: string | RegExp = /\S/): unknown {
  return expect.objectContaining({ code, message: expect.stringMatching(what), hint: expect.stringMatching(hint) });
}
