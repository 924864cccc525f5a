import type { Logger } from "@slack/bolt";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import type { Confirmation } from "../../bot/domain/step-up.ts";
import { type DecideNeeds, decideRequest } from "../../bot/operations/decide-request.ts";
import type { Passkeys } from "../../bot/operations/passkeys/ports.ts";
import { pause } from "../../bot/operations/waiting.ts";
import { slackClient } from "../../bot/slack/client.ts";
import { deliverOutbox } from "../../bot/slack/outbox.ts";
import { drawnBesides } from "./drawn-besides.ts";
import { haltingAt } from "./halt.ts";
import { type WorkerNeeds, workJobs } from "./work-jobs.ts";

/** What a bot in a process of its own is told, whatever it is asked for. */
export interface CourseOrders {
  store: string;
  slack: { apiUrl: string; token: string };
  haltAt: string | null;
}

export type Pass = (step: string) => void;

/** A request from its asking to its receipt. */
interface Course {
  id: string;
  services: ReadonlyMap<string, ManagedService>;
  passkeys?: Passkeys;
  /** Where approving it takes a passkey: what one has signed. */
  confirmed?: { confirmed: Confirmation };
  /** Files it. */
  ask(needs: Store & DecideNeeds): Promise<unknown>;
  /** What its kind is worked off with. */
  works: Omit<WorkerNeeds, "jobs" | "requests" | "services" | "mesh" | "clock" | "owner" | "onStep">;
  limits?: Parameters<typeof workJobs>[2];
}

const log = {
  debug() {},
  info() {},
  warn() {},
  error: console.error,
  setLevel() {},
  getLevel: () => "error",
  setName() {},
};

const ends = new Set(["deployed", "revoked", "enrolled"]);

/**
 * A bot that asks, has it approved as soon as the message stands in Slack, and works it off. After each step it says which,
 * by the names of `steps`; where it is told to halt it stands still there, to be killed.
 */
export async function courseInSlack(orders: CourseOrders, made: (store: Store, pass: Pass) => Course): Promise<void> {
  const halt = haltingAt(orders.haltAt);
  const pass = (step: string) => {
    process.stdout.write(`passed ${step}\n`);
    halt(step);
  };
  await using kept = await openStore(orders.store, Date.now);
  const course = made(kept, pass);
  const { id, services, passkeys = null, confirmed } = course;
  const store = watched(kept, { id, pass });
  const groupsOf = async () => ["S0PLATFORM"];
  const needs = { ...store, services, mesh: null, firewall: null, passkeys, clock: Date.now, groupsOf };
  if ((await kept.requests.find(id)) === null) await course.ask(needs);

  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]);
  const client = watchedClient(orders, kept, { id, pass });
  const telling = deliverOutbox({ ...needs, ...drawnBesides(needs), client, channel: "C0CERTS", log }, signal);
  const onStep: WorkerNeeds["onStep"] = ({ request, step }) => {
    if (request === id) pass(ends.has(step) ? "ended" : step);
  };
  const working = () =>
    workJobs({ ...needs, ...course.works, owner: `bot-${process.pid}`, onStep }, signal, course.limits);

  // One after the other, where the bot does them side by side: so the steps have an order.
  let work: Promise<void> | null = null;
  for (; !signal.aborted; await pause(10, signal)) {
    const now = await kept.requests.find(id);
    const { count } = await kept.outbox.waiting();
    if (now === null || count > 0) continue;
    if (now.state === "pending") {
      const decided = await decideRequest(needs, { id, user: "U0BEN", verdict: "approve", ...confirmed });
      if (isRefusal(decided)) throw new Error(decided.message);
      pass("approved");
    } else if (now.receipt !== null) end.abort();
    else work ??= working();
  }
  await Promise.all([telling, work]);
}

interface Watch {
  id: string;
  pass: Pass;
}

const hasEnded = async ({ requests }: Store, id: string) => (await requests.find(id))?.receipt !== null;

/** The store, which says what it has committed. */
function watched(real: Store, { id, pass }: Watch): Store {
  const own = new Set<number>();
  return {
    ...real,
    requests: {
      ...real.requests,
      async open(request, commit) {
        const opened = await real.requests.open(request, commit);
        pass(request.id === id ? "opened" : `${request.kind} opened`);
        return opened;
      },
      async placed(request, message) {
        await real.requests.placed(request, message);
        if (request === id) pass("placed");
      },
    },
    jobs: {
      ...real.jobs,
      async claim(...by) {
        const job = await real.jobs.claim(...by);
        if (job?.request === id) pass("claimed");
        return job;
      },
    },
    outbox: {
      ...real.outbox,
      async claim(...by) {
        const item = await real.outbox.claim(...by);
        if (item?.subject === id) own.add(item.id);
        return item;
      },
      async done(item) {
        await real.outbox.done(item);
        if (own.has(item)) pass((await hasEnded(real, id)) ? "receipt noted" : "post noted");
      },
    },
  };
}

/** Slack, which has what it was told. */
function watchedClient({ slack }: CourseOrders, store: Store, { id, pass }: Watch) {
  const client = slackClient(slack.token, { apiUrl: slack.apiUrl, logger: log as unknown as Logger });
  const post = client.chat.postMessage.bind(client.chat);
  const update = client.chat.update.bind(client.chat);
  const isOwn = (message: object | undefined) => JSON.stringify(message).includes(`"request":"${id}"`);
  client.chat.postMessage = async (message) => {
    const answer = await post(message);
    if (isOwn(message)) pass("posted");
    return answer;
  };
  client.chat.update = async (message) => {
    const drawn = (await hasEnded(store, id)) ? "receipt drawn" : "drawn";
    const answer = await update(message);
    if (isOwn(message)) pass(drawn);
    return answer;
  };
  return client;
}
