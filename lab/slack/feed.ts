import type { Delivery } from "./delivery/delivery.ts";
import type { Message } from "./messages.ts";
import type { View } from "./views.ts";

/** One call of the bot to the Web API, or to a response_url. */
export interface Call {
  at: number;
  method: string;
  status: number;
  ok: boolean;
  error: string | null;
}

/** What happens in the workspace, as told on `/workspace/events`. */
export type FeedEvent =
  | { type: "message" | "update"; message: Message }
  | { type: "ephemeral"; message: Message; user: string }
  | { type: "delete"; channel: string; ts: string }
  | { type: "view"; user: string; views: View[] }
  | { type: "home"; user: string; view: View }
  | { type: "delivery"; delivery: Delivery }
  | { type: "call"; call: Call };

const KEPT = 200;

/** Tells listeners what happens and remembers the last deliveries and calls. */
export class Feed {
  readonly deliveries: Delivery[] = [];
  readonly calls: Call[] = [];
  readonly #listeners = new Set<(event: FeedEvent) => void>();

  publish(event: FeedEvent): void {
    if (event.type === "delivery") keep(this.deliveries, event.delivery);
    if (event.type === "call") keep(this.calls, event.call);
    for (const listener of this.#listeners) listener(event);
  }

  /** Returns how to stop listening. */
  subscribe(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > KEPT) list.shift();
}
