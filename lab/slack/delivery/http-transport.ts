import type { Clock } from "../ids.ts";
import { signatureHeaders } from "../signing.ts";
import type { Outcome, Outgoing, Retry, Transport } from "./delivery.ts";

interface Options {
  url: string;
  signingSecret: string;
  deadlineMs: number;
  now: Clock;
}

/** Sends signed requests to the bot's request URL, as Slack does without Socket Mode. */
export function httpTransport({ url, signingSecret, deadlineMs, now }: Options): Transport {
  return {
    name: "http",
    async send(outgoing, retry) {
      const { contentType, body } = encode(outgoing);
      const headers = {
        // Exactly this: Bolt takes no charset parameter.
        "content-type": contentType,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        ...signatureHeaders(signingSecret, body, Math.floor(now() / 1000)),
        ...retryHeaders(retry),
      };
      try {
        const signal = AbortSignal.timeout(deadlineMs);
        const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
        const text = await response.text();
        const noRetry = response.headers.get("x-slack-no-retry") === "1";
        if (response.status !== 200) return { status: response.status, error: "dispatch_failed", body: null, noRetry };
        return acknowledged(response, text, noRetry);
      } catch (problem) {
        const late = problem instanceof Error && problem.name === "TimeoutError";
        return { status: null, error: late ? "operation_timeout" : "dispatch_failed", body: null, noRetry: false };
      }
    },
  };
}

function encode({ kind, payload }: Outgoing): { contentType: string; body: string } {
  if (kind === "event" || kind === "url_verification") {
    return { contentType: "application/json", body: JSON.stringify(payload) };
  }
  const fields = kind === "command" ? (payload as Record<string, string>) : { payload: JSON.stringify(payload) };
  return { contentType: "application/x-www-form-urlencoded", body: new URLSearchParams(fields).toString() };
}

function retryHeaders(retry: Retry | null): Record<string, string> {
  return retry ? { "x-slack-retry-num": String(retry.number), "x-slack-retry-reason": retry.reason } : {};
}

function acknowledged(response: Response, text: string, noRetry: boolean): Outcome {
  const { status } = response;
  if (text === "") return { status, error: null, body: null, noRetry };
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    return { status, error: null, body: { text }, noRetry };
  }
  try {
    return { status, error: null, body: JSON.parse(text), noRetry };
  } catch {
    return { status, error: "dispatch_failed", body: null, noRetry };
  }
}
