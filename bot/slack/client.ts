import { webApi } from "@slack/bolt";
import type { Logger } from "@slack/bolt";

/**
 * Slack's Web API as the bot uses it. It neither retries nor waits by itself: who calls decides, because a post that is
 * repeated blindly is posted twice.
 */
export function slackClient(token: string, options: WebClientOptions): webApi.WebClient {
  return new webApi.WebClient(token, clientOptions(options));
}

export interface WebClientOptions {
  apiUrl: string | null;
  logger: Logger;
}

export function clientOptions({ apiUrl, logger }: WebClientOptions): webApi.WebClientOptions {
  return {
    ...(apiUrl !== null && { slackApiUrl: apiUrl }),
    logger,
    timeout: 5_000,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
  };
}
