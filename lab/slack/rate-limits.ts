import type { Clock } from "./ids.ts";

export interface Rate {
  /** Calls that may come at once. */
  burst: number;
  perSecond: number;
}

/** Slack's tiers, by what is allowed in a minute. */
export const TIER = { two: 20, three: 50, four: 100, special: 300 } as const;

/** One post a second in a channel, with a short burst allowed. */
export const POSTS_PER_CHANNEL: Rate = { burst: 5, perSecond: 1 };

/** Token buckets by name. */
export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #now: Clock;
  readonly #enforced: boolean;

  constructor(now: Clock, enforced: boolean) {
    this.#now = now;
    this.#enforced = enforced;
  }

  /** Takes one from a bucket. Gives null, or the seconds after which to ask again. */
  take(name: string, { burst, perSecond }: Rate): number | null {
    if (!this.#enforced) return null;
    const now = this.#now();
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    const allowed = tokens >= 1;
    this.#buckets.set(name, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? null : Math.max(1, Math.ceil((1 - tokens) / perSecond));
  }
}
