import type { App } from "@slack/bolt";
import { deliveredOf } from "./delivered.ts";
import { workOff } from "./work-off.ts";
import type { WorkNeeds } from "./work-off.ts";

/** One listener for each kind of delivery, so that none goes unanswered. The guard has acknowledged before. */
export function listen(app: App, needs: WorkNeeds): void {
  const work = async ({ body }: { body: unknown }): Promise<void> => {
    const delivered = deliveredOf(body);
    if (delivered !== null) await workOff(needs, delivered);
  };
  app.command(/.*/, work);
  app.action({ type: "block_actions" }, work);
  app.view(/.*/, work);
  app.event("app_home_opened", work);
}
