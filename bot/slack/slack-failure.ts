import { webApi } from "@slack/bolt";

/** Slack's own words for: something broke on our side, and some of it may have been done. */
const transient = ["fatal_error", "internal_error", "service_unavailable"];

/** By these a request ends before anything of it was sent. */
const neverSent = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/** Whether Slack may have done what was asked of it, although the call failed. */
export function mayHaveBeenDone(error: unknown): boolean {
  if (error instanceof webApi.WebAPIRateLimitedError) return false;
  if (error instanceof webApi.WebAPIPlatformError) return transient.includes(error.data.error);
  if (error instanceof webApi.WebAPIHTTPError) return error.statusCode >= 500;
  return !codesOf(error).some((code) => neverSent.includes(code));
}

/** Whether Slack says no, and would say so again. */
export function isRefused(error: unknown): error is webApi.WebAPIPlatformError {
  return error instanceof webApi.WebAPIPlatformError && !transient.includes(error.data.error);
}

/** Whether Slack refuses a message for its blocks. */
export const isInvalidBlocks = (error: unknown): boolean =>
  error instanceof webApi.WebAPIPlatformError && error.data.error === "invalid_blocks";

/** Why, in words for /healthz and the log. */
export function tellSlackFailure(error: unknown): string {
  if (error instanceof webApi.WebAPIRateLimitedError) return "Slack asks to wait";
  if (error instanceof webApi.WebAPIPlatformError) return `Slack answered ${error.data.error}`;
  if (error instanceof webApi.WebAPIHTTPError) return `Slack answered HTTP ${error.statusCode}`;
  return error instanceof Error ? error.message : String(error);
}

/** The codes of an error and of what caused it. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const cause = error instanceof webApi.WebAPIRequestError ? error.original : error.cause;
  return [...own, ...codesOf(cause)];
}
