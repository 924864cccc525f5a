import type { Clock, Ids } from "./ids.ts";
import { type Refusal, refuse } from "./refusal.ts";

const LIFETIME_MS = 3_000;

/** Trigger ids: one use within three seconds of the person's act, for that person. */
export class Triggers {
  readonly #issued = new Map<string, { user: string; at: number; used: boolean }>();
  readonly #ids: Ids;
  readonly #now: Clock;

  constructor(ids: Ids, now: Clock) {
    this.#ids = ids;
    this.#now = now;
  }

  issue(user: string): string {
    const trigger = this.#ids.trigger();
    this.#issued.set(trigger, { user, at: this.#now(), used: false });
    return trigger;
  }

  exchange(trigger: string): { ok: true; user: string } | Refusal {
    const issued = this.#issued.get(trigger);
    if (!issued) return refuse("invalid_trigger_id");
    if (issued.used) return refuse("exchanged_trigger_id");
    if (this.#now() - issued.at > LIFETIME_MS) return refuse("expired_trigger_id");
    issued.used = true;
    return { ok: true, user: issued.user };
  }
}
