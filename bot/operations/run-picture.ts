import type { Estate } from "../domain/estate.ts";
import type { Window } from "../domain/expiry.ts";
import { crossedBy, subjectsIn } from "../domain/expiry-subject.ts";
import type { Ground } from "../domain/ground.ts";
import { type Outlook, outlookOf } from "../domain/outlook.ts";
import { type FactsNeeds, gatherFacts } from "./gather-facts.ts";
import { runScheduled, type ScheduledNeeds } from "./run-scheduled.ts";

export interface PicturePlan {
  cron: string;
  timezone: string;
  /** Slack channel id. */
  channel: string;
  theme: "dark" | "light";
  /** What counts as near an end; where there is none, what counts as expiring. */
  thresholds: Window[];
}

/** What the outbox carries: it is drawn when it is delivered. */
export type PictureItem = Outlook & Pick<PicturePlan, "channel" | "theme">;

const name = "picture";

/** Puts the picture of what ends into the outbox if its time has come, as `runScheduled` has it. */
export function runPicture(
  needs: FactsNeeds & ScheduledNeeds,
  { channel, theme, thresholds, ...times }: PicturePlan,
  estate: Estate & { ground: Ground[] },
): Promise<boolean> {
  return runScheduled(needs, { name, ...times }, async (now) => {
    const facts = await gatherFacts(needs, estate);
    const windows = thresholds.length > 0 ? thresholds : [estate.within];
    const isNear: Parameters<typeof outlookOf>[1]["isNear"] = (ending) => crossedBy(ending, windows, now).length > 0;
    const outlook = outlookOf(subjectsIn(facts), { isNear, now });
    const item: PictureItem = { ...outlook, channel, theme };
    return {
      audit: { at: now, actor: "certops", action: "picture.sent", subject: name, detail: outlook.counts },
      outbox: [{ key: `${name}:${now}`, kind: "digest", subject: name, payload: { ...item } }],
    };
  });
}
