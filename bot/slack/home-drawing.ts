import { type Configured, deciders } from "../domain/approval.ts";
import { reviewersOf } from "../domain/review.ts";
import { attention, ownAttention } from "../operations/attention.ts";
import type { Desk } from "../operations/command.ts";
import { type GroupsOf, membership } from "../operations/membership.ts";
import type { Clock } from "../operations/ports.ts";
import type { Requests, Snoozes } from "../operations/store-ports.ts";
import type { HomeTabsNeeds } from "./home-tabs.ts";
import { homeView } from "./views/home.ts";
import { drawnAt } from "./redraw-plan.ts";

export interface HomeDrawingNeeds extends Configured {
  desk: Pick<Desk, "ask" | "mesh" | "firewall">;
  requests: Pick<Requests, "list">;
  snoozes: Pick<Snoozes, "all">;
  groupsOf: GroupsOf;
  channel: string;
  clock: Clock;
}

/** How each Home tab looks now, all from one look at the store. */
export function homeDrawing(needs: HomeDrawingNeeds): HomeTabsNeeds["drawing"] {
  const { desk, channel } = needs;
  const looking = { ...needs, desk: { ask: remembering(needs) } };
  return async () => {
    const seen = await attention(looking);
    const mattering = [...seen.pending.map(deciders), ...seen.toReview.map((request) => reviewersOf(request).people)];
    return async (home) => {
      const now = needs.clock();
      const { groups } = await membership(needs.groupsOf, mattering, { user: home.user, now });
      return homeView({
        seen: ownAttention(seen, { user: home.user, groups, now }, needs),
        home,
        offers: { mesh: desk.mesh !== null, firewall: desk.firewall !== null },
        channel,
        drawnAt: (request) => drawnAt(request, needs, now),
      });
    };
  };
}

const freshMs = 10_000;

/** What ends soon costs more to find than the requests, and changes less. */
function remembering({ desk, clock }: HomeDrawingNeeds): Desk["ask"] {
  let known: { at: number; answer: ReturnType<Desk["ask"]> } | null = null;
  return (query) => {
    const now = clock();
    if (known !== null && Math.abs(now - known.at) < freshMs) return known.answer;
    const answer = desk.ask(query);
    known = { at: now, answer };
    answer.catch(() => (known = null));
    return answer;
  };
}
