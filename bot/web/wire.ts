import type { Verdict } from "../domain/approval.ts";
import type { Part } from "./spoken.ts";

/** What the page is answered. Everything in it is text for a person, or for the browser's own WebAuthn. */
export type Answer<T> = ({ ok: true } & T) | { ok: false; code: string; message: string; hint: string };

/** `name`: what Slack calls the user. `options`: as @simplewebauthn/browser takes them. `until`: epoch milliseconds. */
export type Seen = { user: string; name: string; until: number; options: object } & (
  | { purpose: "decide"; verdict: Verdict; reason: string; request: string; plan: string; parts: Part[] }
  | { purpose: "enrol"; first: boolean }
);

/** How it ended. `code`: of a passkey that was made, to be read out. */
export interface Ended {
  title: string;
  said: string;
  code: string | null;
}
