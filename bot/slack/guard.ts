import type { AllMiddlewareArgs, AnyMiddlewareArgs, RespondFn } from "@slack/bolt";
import { Failure } from "../errors.ts";
import type { Clock } from "../operations/ports.ts";
import type { Message } from "./views/blocks.ts";
import { failureView } from "./views/refusal.ts";

export interface GuardNeeds {
  /** Remembers keys beyond a restart. `first`: false when one of them was met before. */
  deliveries: { first(keys: string[], at: number): Promise<boolean> };
  track: <T>(work: Promise<T>) => Promise<T>;
  clock: Clock;
  log: SlackLog;
}

export interface SlackLog {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

type Args = AnyMiddlewareArgs & AllMiddlewareArgs;

/**
 * Runs before every listener and does what Bolt leaves to it: the same delivery runs once, also over a restart; it is
 * acknowledged at once, before the work; the work is known to the drain; and what breaks is told to the person.
 */
export function guard({ deliveries, track, clock, log }: GuardNeeds): (args: Args) => Promise<void> {
  return async (args) => {
    const { body, context, next } = args;
    try {
      if (!(await deliveries.first(keysOf(body, context), clock()))) {
        log.info({ type: body.type }, "delivery repeated: acknowledged, not run again");
        return await acknowledge(args);
      }
    } catch (error) {
      await acknowledge(args);
      return tell(args, error, log);
    }
    await acknowledge(args);
    await track(next().catch((error: unknown) => tell(args, error, log)));
  };
}

/** An ephemeral answer that leaves the message it belongs to as it is. */
export async function whisper(respond: RespondFn, { text, blocks }: Message): Promise<void> {
  await respond({ response_type: "ephemeral", replace_original: false, text, blocks });
}

/** Slack gives each event an `event_id`, each command, click and submission a `trigger_id`; the signature is ours to see over HTTP. */
function keysOf(body: object, context: object): string[] {
  const values = { ...pick(body, "event_id"), ...pick(body, "trigger_id"), ...pick(context, "signature") };
  return Object.entries(values).map(([name, value]) => `${name}:${value}`);
}

function pick(from: object, name: string): Record<string, string> {
  const value: unknown = Reflect.get(from, name);
  return typeof value === "string" ? { [name]: value } : {};
}

// Bolt acknowledges events by itself before any of this runs.
async function acknowledge(args: Args): Promise<void> {
  if ("ack" in args && typeof args.ack === "function") await args.ack();
}

async function tell(args: Args, error: unknown, log: SlackLog): Promise<void> {
  log.error({ err: error, type: args.body.type }, "a delivery from Slack could not be worked");
  if (!("respond" in args) || typeof args.respond !== "function") return;
  const told =
    error instanceof Failure
      ? error
      : { code: "unexpected", message: "Something broke inside certops", hint: "Its log has the details; try again." };
  await whisper(args.respond, failureView(told)).catch((cause: unknown) =>
    log.warn({ err: cause }, "the answer could not be sent"),
  );
}
