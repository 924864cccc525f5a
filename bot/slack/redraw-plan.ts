import { webApi } from "@slack/bolt";
import type { types } from "@slack/bolt";
import { approvalOf, type Configured } from "../domain/approval.ts";
import type { Request } from "../domain/request.ts";
import type { Clock } from "../operations/ports.ts";
import type { ClickedView } from "../operations/delivered.ts";
import type { Requests } from "../operations/store-ports.ts";
import type { HomeTabs } from "./home-tabs.ts";
import { tell } from "./tell.ts";
import type { Message } from "./views/blocks.ts";
import { planModal } from "./views/plan-modal.ts";
import type { DrawnAt } from "./views/request.ts";

export interface PlanNeeds extends Configured {
  requests: Pick<Requests, "find">;
  client: Pick<webApi.WebClient, "views">;
  homes: Pick<HomeTabs, "tell">;
  clock: Clock;
}

/** `told`: what a click came to. */
export const drawPlan = (needs: PlanNeeds, request: Request, told: Message | null): types.ModalView =>
  planModal(request, drawnAt(request, needs, needs.clock()), told);

/** How it is drawn under the policy that certops.yaml has for it now. */
export function drawnAt(request: Request, configured: Configured, now: number): DrawnAt {
  const approval = approvalOf(request, configured);
  return { now, configured: approval !== null, approval };
}

/** Who did something, and where. */
export interface Actor {
  user: string;
  responseUrl: string | null;
  view?: ClickedView;
}

/**
 * Tells what came of something done about a request, where it was done: beside its message, in the Home tab, or in the plan,
 * drawn as it stands now. null: nothing is to be said, for the request itself shows it.
 */
export async function tellOf(needs: PlanNeeds, by: Actor, id: string, told: Message | null): Promise<void> {
  const { user, view } = by;
  if (view?.surface === "modal" && (await redrawn(needs, view.id, { id, told }))) return;
  if (told !== null) await tell(needs.homes, by, told, id);
  else if (view?.surface === "home") await needs.homes.tell(user, null);
}

/** false where the plan was closed meanwhile. */
async function redrawn(
  needs: PlanNeeds,
  view_id: string,
  { id, told }: { id: string; told: Message | null },
): Promise<boolean> {
  const request = await needs.requests.find(id);
  if (request === null) return false;
  try {
    await needs.client.views.update({ view_id, view: drawPlan(needs, request, told) });
    return true;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && error.data.error === "not_found") return false;
    throw error;
  }
}
