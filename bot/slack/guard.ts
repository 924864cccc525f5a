import type { AckFn, AllMiddlewareArgs, AnyMiddlewareArgs } from "@slack/bolt";
import { Failure } from "../errors.ts";
import type { Clock, Deliveries } from "../operations/ports.ts";
import { deliveredOf } from "./delivered.ts";
import { whisper } from "./respond.ts";
import { isSubmission, type Objections, objectTo } from "./submission.ts";
import { formProblem, type SubmissionAnswer } from "./views/firewall-modal.ts";
import { failureView } from "./views/refusal.ts";

export interface GuardNeeds {
  deliveries: Pick<Deliveries, "first" | "done">;
  track: <T>(work: Promise<T>) => Promise<T>;
  clock: Clock;
  log: SlackLog;
  /** What is wrong with a form, before it is taken. */
  objections: Objections;
}

export interface SlackLog {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

type Args = AnyMiddlewareArgs & AllMiddlewareArgs;

/**
 * Runs before every listener and does what Bolt leaves to it: the same delivery runs once, also over a restart; it is
 * kept and then acknowledged at once, before the work; what is cut off in the work is left for the next start; the work
 * is known to the drain; and what breaks is told to the person. A form that was filled in is checked before it is kept:
 * what is wrong with it is told in the form.
 */
export function guard({ deliveries, track, clock, log, objections }: GuardNeeds): (args: Args) => Promise<void> {
  return async (args) => {
    const { body, context, next } = args;
    const keys = keysOf(body, context);
    const delivered = deliveredOf(body);
    try {
      const refused = isSubmission(delivered) ? await objectTo(objections, delivered) : null;
      if (refused !== null) return await acknowledge(args, refused);
      if (!(await deliveries.first(keys, clock(), delivered))) {
        log.info({ type: body.type }, "delivery repeated: acknowledged, not run again");
        return await acknowledge(args);
      }
    } catch (error) {
      // A form that was neither refused nor kept stays open, with what was filled in.
      await acknowledge(args, isSubmission(delivered) ? formProblem(told(error)) : undefined);
      return tell(args, error, log);
    }
    await acknowledge(args);
    const work = next().catch((error: unknown) => tell(args, error, log));
    const done = work.then(() => deliveries.done(keys));
    await track(done.catch((error: unknown) => log.warn({ err: error }, "done, and would be done again at a restart")));
  };
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
async function acknowledge(args: Args, answer?: SubmissionAnswer): Promise<void> {
  if (!("ack" in args) || typeof args.ack !== "function") return;
  // What Slack takes in answer depends on what it delivered: Bolt's types cannot tell which of them this is.
  await (args.ack as AckFn<SubmissionAnswer | undefined>)(answer);
}

async function tell(args: Args, error: unknown, log: SlackLog): Promise<void> {
  log.error({ err: error, type: args.body.type }, "a delivery from Slack could not be worked");
  if (!("respond" in args) || typeof args.respond !== "function") return;
  await whisper(args.respond, failureView(told(error))).catch((cause: unknown) =>
    log.warn({ err: cause }, "the answer could not be sent"),
  );
}

function told(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof Failure) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: "unexpected",
    message: "Something broke inside certops.",
    hint: "Its log has the details; try again.",
  };
}
