/** What the Web API answers to a call it refuses; always with HTTP status 200, except for rate limits. */
export interface Refusal {
  ok: false;
  /** Slack's documented error code. */
  error: string;
  [detail: string]: unknown;
}

export type Reply = { ok: true; [field: string]: unknown } | Refusal;

export function refuse(error: string, details: Record<string, unknown> = {}): Refusal {
  return { ok: false, error, ...details };
}

/** A refusal that names each offending place, in the two forms Slack gives it. */
export function refuseFor(error: string, complaints: string[]): Refusal {
  return {
    ok: false,
    error,
    errors: complaints,
    response_metadata: { messages: complaints.map((complaint) => `[ERROR] ${complaint}`) },
  };
}
