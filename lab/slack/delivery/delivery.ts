/** What Slack sends an app. */
export interface Outgoing {
  kind: "command" | "interactive" | "options" | "event" | "url_verification";
  /** What it is about: a command's name, or the type in the payload. */
  type: string;
  payload: Record<string, unknown>;
}

/** Why an app did not acknowledge: too late, or not at all. The words are those that a person sees in Slack. */
export type DeliveryError = "operation_timeout" | "dispatch_failed";

/** One attempt to bring something to the bot. */
export interface Delivery {
  at: number;
  kind: Outgoing["kind"];
  type: string;
  transport: "http" | "socket";
  /** 0, or which retry of an event this is. */
  attempt: number;
  /** The HTTP status; null where there was none. */
  status: number | null;
  acked: boolean;
  error: DeliveryError | null;
  tookMs: number;
}

/** How the bot answered one attempt. */
export interface Outcome {
  status: number | null;
  error: DeliveryError | null;
  /** What came with the acknowledgement; null when it was empty. */
  body: unknown;
  /** The bot asked not to be sent this event again. */
  noRetry: boolean;
}

export interface Transport {
  readonly name: Delivery["transport"];
  send(outgoing: Outgoing, retry: Retry | null): Promise<Outcome>;
}

export interface Retry {
  number: number;
  reason: "http_timeout" | "http_error";
}

/** The acknowledgement of something a person did, and how long it took. */
export interface Acknowledgement {
  error: DeliveryError | null;
  body: unknown;
  tookMs: number;
}
