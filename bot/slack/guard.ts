import type { AckFn, AllMiddlewareArgs, AnyMiddlewareArgs } from "@slack/bolt";
import { Failure } from "../errors.ts";
import type { Clock } from "../operations/ports.ts";
import type { Deliveries } from "../operations/store-ports.ts";
import { deliveredOf } from "./delivered.ts";
import type { HomeTabs } from "./home-tabs.ts";
import { whisper } from "./respond.ts";
import { isSubmission, type Objections, objectTo } from "./submission.ts";
import { optionsFor, type Suggestions, type Typing, typingIn } from "./suggestions.ts";
import { tell } from "./tell.ts";
import { formProblem, type SubmissionAnswer } from "./views/form.ts";
import { failureView } from "./views/refusal.ts";

export interface GuardNeeds {
  deliveries: Pick<Deliveries, "first" | "done">;
  track: <T>(work: Promise<T>) => Promise<T>;
  clock: Clock;
  log: SlackLog;
  /** What is wrong with a form, before it is taken. */
  objections: Objections;
  homes: Pick<HomeTabs, "tell">;
  /** What can be chosen in a menu while somebody types. */
  suggestions: Suggestions;
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
 * what is wrong with it is told in the form. What is offered while somebody types is the acknowledgement itself.
 */
export function guard(needs: GuardNeeds): (args: Args) => Promise<void> {
  const { deliveries, track, clock, log, objections } = needs;
  return async (args) => {
    const { body, context, next } = args;
    const typing = typingIn(body);
    if (typing !== null) return offer(needs, args, typing);
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
      if (!isSubmission(delivered)) {
        await acknowledge(args);
        return tellProblem(needs, args, error);
      }
      log.error({ err: error, type: body.type }, "a form could not be taken");
      // One that was neither refused nor kept stays open, with what was filled in.
      return acknowledge(args, formProblem(told(error)));
    }
    // What is kept is worked, now and not at the next start: Slack, which was not told, sends it again, and it is done once.
    await acknowledge(args).catch((error: unknown) => log.warn({ err: error }, "Slack was not told that it was taken"));
    const work = next().catch((error: unknown) => tellProblem(needs, args, error));
    const done = work.then(() => deliveries.done(keys));
    await track(done.catch((error: unknown) => log.warn({ err: error }, "done, and would be done again at a restart")));
  };
}

/** A repeated question is offered nothing. Where nothing can be said in time the menu stays empty, and the log says why. */
async function offer({ deliveries, clock, log, suggestions }: GuardNeeds, args: Args, typing: Typing): Promise<void> {
  try {
    const first = await deliveries.first(keysOf(args.body, args.context), clock(), null);
    await acknowledge(args, first ? await optionsFor(suggestions, typing) : nothing);
  } catch (error) {
    log.error({ err: error, menu: typing.menu }, "a menu has nothing to offer");
    await acknowledge(args, nothing);
  }
}

const nothing = { options: [] };

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
async function acknowledge(args: Args, answer?: SubmissionAnswer | { options: unknown[] }): Promise<void> {
  if (!("ack" in args) || typeof args.ack !== "function") return;
  // What Slack takes in answer depends on what it delivered: Bolt's types cannot tell which of them this is.
  await (args.ack as AckFn<typeof answer>)(answer);
}

/** Where it was done; in the Home tab where Slack gives no place to answer, and a person waits for one. */
async function tellProblem({ homes, log }: GuardNeeds, args: Args, error: unknown): Promise<void> {
  log.error({ err: error, type: args.body.type }, "a delivery from Slack could not be worked");
  const view = failureView(told(error));
  const by = deliveredOf(args.body);
  try {
    if ("respond" in args && typeof args.respond === "function") await whisper(args.respond, view);
    else if (by !== null && by.kind !== "home") await tell(homes, { user: by.user, responseUrl: null }, view);
  } catch (cause) {
    log.warn({ err: cause }, "the answer could not be sent");
  }
}

function told(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof Failure) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: "unexpected",
    message: "Something broke inside certops.",
    hint: "Its log has the details; try again.",
  };
}
