import type { SlackLog } from "./guard.ts";

/** Whether tables and charts are told by Slack's newest blocks. A workspace may not take them yet, whatever certops.yaml says. */
export interface BlockChoice {
  newest(): boolean;
  /** Slack refused them: from now on, until the next start, it is told by plain ones. */
  refused(): void;
}

export function blockChoice(configured: "plain" | "newest", log: Pick<SlackLog, "warn">): BlockChoice {
  let newest = configured === "newest";
  return {
    newest: () => newest,
    refused() {
      if (newest) log.warn({}, "Slack does not take its newest blocks here; plain ones are used until the next start");
      newest = false;
    },
  };
}
