import { webApi } from "@slack/bolt";
import type { types } from "@slack/bolt";
import type { ClickedView } from "../operations/delivered.ts";

/** false where Slack does not open it: its trigger is over after three seconds. Clicked in a modal, it opens over that. */
export async function openModal(
  client: { views: Pick<webApi.WebClient["views"], "open" | "push"> },
  { triggerId, view: over }: { triggerId?: string | undefined; view?: ClickedView | undefined },
  view: types.ModalView,
): Promise<boolean> {
  if (triggerId === undefined) return false;
  try {
    const shown = { trigger_id: triggerId, view };
    await (over?.surface === "modal" ? client.views.push(shown) : client.views.open(shown));
    return true;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && /^(?:expired|exchanged)_trigger/.test(error.data.error))
      return false;
    throw error;
  }
}
