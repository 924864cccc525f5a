import { randomBytes } from "node:crypto";
import { urlVerification } from "../delivery/payloads.ts";
import type { Done, Stage } from "./stage.ts";

/** Asks the bot's request URL for its challenge, as Slack does when somebody saves the app's settings. */
export async function verifyUrl({ courier }: Stage): Promise<Done> {
  const challenge = randomBytes(16).toString("hex");
  const payload = urlVerification(challenge);
  const { error, body, tookMs } = await courier.deliver({
    kind: "url_verification",
    type: "url_verification",
    payload,
  });
  const given = typeof body === "object" && body !== null && "challenge" in body ? body.challenge : null;
  if (error === null && given === challenge) return { ok: true, tookMs };
  return { ok: false, error: error ?? "challenge_failed", tookMs };
}
