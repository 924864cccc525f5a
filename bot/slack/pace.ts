import { webApi } from "@slack/bolt";
import type { Clock } from "../operations/ports.ts";

/** Slack asked to wait, for this and every call of its kind. */
export class AskedToWait extends Error {
  readonly untilMs: number;

  constructor(what: string, untilMs: number) {
    super(`Slack asks to wait before ${what}`);
    this.name = "AskedToWait";
    this.untilMs = untilMs;
  }
}

/** Makes a call, unless Slack asked to wait with calls of its kind. Throws `AskedToWait`, and whatever the call throws. */
export type Pace = <T>(what: string, call: () => Promise<T>) => Promise<T>;

/** Slack limits each method, and posts in each channel: what it asks one call to wait for, the next one need not ask again. */
export function pace(clock: Clock): Pace {
  const held = new Map<string, { since: number; until: number }>();
  return async (what, call) => {
    const { since, until } = held.get(what) ?? { since: 0, until: 0 };
    const now = clock();
    // A clock that was put back since says nothing of how long Slack still wants it.
    if (since <= now && now < until) throw new AskedToWait(what, until);
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof webApi.WebAPIRateLimitedError)) throw error;
      const asked = clock();
      const next = asked + error.retryAfter * 1_000;
      held.set(what, { since: asked, until: next });
      throw new AskedToWait(what, next);
    }
  };
}
