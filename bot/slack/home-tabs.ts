import { webApi } from "@slack/bolt";
import type { types } from "@slack/bolt";
import { hashOf } from "../domain/canonical.ts";
import type { Clock } from "../operations/ports.ts";
import type { Home, HomeNote, HomePages, Homes } from "../operations/store-ports.ts";
import { pause } from "../operations/waiting.ts";
import type { SlackLog } from "./guard.ts";
import { asOfBlock } from "./views/home-expiring.ts";

/** What people are shown in their Home tabs. */
export interface HomeTabs {
  opened(user: string): Promise<void>;
  turn(user: string, pages: HomePages): Promise<void>;
  /** `note`: what came of what they did; null: what was told them before is over. */
  tell(user: string, note: HomeNote | null): Promise<void>;
  /** Something may have changed. */
  look(): void;
  /** Draws what is to be drawn, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface HomeTabsNeeds {
  homes: Homes;
  /** How to draw each of them now, from one look at the store. */
  drawing: () => Promise<(home: Home) => Promise<types.HomeView>>;
  client: { views: Pick<webApi.WebClient["views"], "publish"> };
  clock: Clock;
  log: SlackLog;
}

/** One that was opened longer ago is drawn when it is opened again. */
const openMs = 8 * 3_600_000;
const lookEveryMs = 2_000;
/** Slack takes a hundred. */
const mostAMinute = 90;
const minuteMs = 60_000;
/** How old what is shown may say to be, where nothing else changed. */
const freshMs = 900_000;

/**
 * Draws the Home tabs from the store: when one is opened, when its person did something, and when what it shows changes.
 * One that would look as it does is left alone. All of them together keep below Slack's rate; who just did something comes first.
 */
export function homeTabs({ homes, drawing, client, clock, log }: HomeTabsNeeds): HomeTabs {
  let woken = new AbortController();
  const drawnAt = new Map<string, number>();
  const published: number[] = [];
  const look = () => {
    woken.abort();
    woken = new AbortController();
  };

  /** The first of those that are to be drawn; null: none is. */
  async function next(): Promise<{ user: string; view: types.HomeView; hash: string } | null> {
    const open = await homes.since(clock() - openMs);
    if (open.length === 0) return null;
    const draw = await drawing();
    const urgent = (home: Home) => (home.hash === null ? 0 : (drawnAt.get(home.user) ?? 1));
    for (const home of open.toSorted((a, b) => urgent(a) - urgent(b))) {
      const view = await draw(home);
      const hash = hashOf([lasting(view), Math.floor(clock() / freshMs)]);
      if (hash !== home.hash) return { user: home.user, view, hash };
    }
    return null;
  }

  /** Draws one of them. Returns how long to wait until the next one; null: until something changes. */
  async function step(): Promise<number | null> {
    const now = clock();
    const lately = published.filter((at) => Math.abs(now - at) < minuteMs);
    published.splice(0, published.length, ...lately);
    const [oldest] = lately;
    if (oldest !== undefined && lately.length >= mostAMinute) return oldest + minuteMs - now;
    const found = await next();
    if (found === null) return null;
    const { user, view, hash } = found;
    published.push(now);
    drawnAt.set(user, now);
    try {
      await client.views.publish({ user_id: user, view });
    } catch (error) {
      if (error instanceof webApi.WebAPIRateLimitedError) return error.retryAfter * 1_000;
      if (!(error instanceof webApi.WebAPIPlatformError)) throw error;
      // It is not drawn again until something changes: one that Slack refuses must not keep the others waiting.
      log.warn({ err: error, user }, "Slack does not take this Home tab");
    }
    await homes.drawn(user, hash);
    return 0;
  }

  const change = async (user: string, changed: { pages?: HomePages; note?: HomeNote | null }): Promise<void> => {
    await homes.change(user, changed, clock());
    look();
  };

  return {
    async opened(user) {
      await homes.opened(user, clock());
      look();
    },
    turn: (user, pages) => change(user, { pages, note: null }),
    tell: (user, note) => change(user, { note }),
    look,
    async run(signal) {
      while (!signal.aborted) {
        const wake = woken;
        const waitMs = await step().catch((error: unknown) => {
          log.warn({ err: error }, "the Home tabs could not be drawn yet");
          return lookEveryMs;
        });
        await pause(waitMs ?? lookEveryMs, waitMs === null ? AbortSignal.any([signal, wake.signal]) : signal);
      }
    },
  };
}

/** Without what is of the moment. */
const lasting = ({ blocks }: types.HomeView) => blocks.filter(({ block_id }) => block_id !== asOfBlock);
