import type { RequestListener } from "node:http";
import { resolve } from "node:path";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { homes } from "../../bot/adapters/store/homes.ts";
import type { GroupsOf } from "../../bot/operations/membership.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Deliveries } from "../../bot/operations/store-ports.ts";
import type { NamesOf } from "../../bot/operations/ports.ts";
import type { Delivered } from "../../bot/operations/delivered.ts";
import { settleClick, type SettleNeeds } from "../../bot/operations/settle-click.ts";
import { slackClient } from "../../bot/slack/client.ts";
import { connectHttp, connectSocket } from "../../bot/slack/connect.ts";
import { homeDrawing } from "../../bot/slack/home-drawing.ts";
import { homeTabs } from "../../bot/slack/home-tabs.ts";
import { deliverOutbox, type OutboxNeeds } from "../../bot/slack/outbox.ts";
import { names } from "../../bot/slack/names.ts";
import { replay } from "../../bot/slack/replay.ts";
import { objectionsOf } from "../../bot/slack/submission.ts";
import { suggestionsOf } from "../../bot/slack/suggestions.ts";
import { workOff } from "../../bot/slack/work-off.ts";
import { readManifest } from "../../lab/slack/manifest.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { SECRETS, silent, startWorkspace, type TestWorkspace, until } from "../contract/slack-fixture.ts";
import { drawnBesides } from "./drawn-besides.ts";
import { httpServer } from "./tls-server.ts";

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));

/** #certificates. */
const certificates = "C0CERTS";

/** A workspace with the app's own manifest, and the bot's way into it: Bolt's receiver, the guard, the work, the outbox, the Home tabs. */
export interface SlackBot extends AsyncDisposable {
  workspace: TestWorkspace;
  /** Where Slack's deliveries go. */
  url: string;
  /** Types a command in full in #general, and gives what Slack said of it. */
  type(text: string, user?: string): Promise<{ ok: boolean }>;
  /** The latest answer that the person alone sees in #general, once there is one more than before. */
  answer(text: string, user?: string): Promise<Message>;
  /** What was acknowledged and is not done. */
  unfinished(): ReturnType<Deliveries["unfinished"]>;
  /** Works off what a bot before acknowledged, and was cut off in. */
  again(delivered: Delivered, since: number): Promise<void>;
  /** Does what an earlier bot acknowledged and was cut off in. */
  replay(): Promise<void>;
  /** The latest message of #certificates that looks like that. */
  posted(look: RegExp): Promise<Message>;
  /** Clicks a button of a message, of several like it that of this block; the answer is what the person alone sees then, in its channel. */
  click(message: Message, action: string, user: string, block?: string): Promise<{ answer(): Promise<Message> }>;
  /** What people are called there. */
  namesOf: NamesOf;
  /** How often the Home tabs were looked through. */
  looks(): number;
}

/** Where Slack's deliveries come in. */
interface Door {
  url: string;
  /** Takes what comes in. */
  opens: (listener: RequestListener | null) => void;
}

export interface SlackBotNeeds {
  store: Store;
  desk: Desk;
  /** certops.yaml, as decisions read it. */
  configured: Pick<SettleNeeds, "services" | "mesh" | "firewall" | "passkeys">;
  /** That of requests and what is told. */
  clock: () => number;
  rateLimits?: boolean;
  blocks?: "plain" | "newest";
  /** Of which a person is a member, as Slack would say. */
  groupsOf?: GroupsOf;
  /** Who is told of what ends, and where. */
  owners?: OutboxNeeds["owners"];
  /** The requests' channel; where nothing is said, #certificates. */
  channel?: string;
  /** Where nothing is said: one of its own. */
  door?: Door;
  /** Socket Mode, in place of requests to that door. */
  socket?: boolean;
}

/** ben and chen may approve. */
export const platformGroups = async (user: string) => (user === "U0BEN" || user === "U0CHEN" ? ["S0PLATFORM"] : []);

export async function startSlackBot({
  store,
  desk,
  configured,
  clock,
  rateLimits = false,
  blocks = "plain",
  groupsOf = platformGroups,
  owners = {},
  channel = certificates,
  door,
  socket = false,
}: SlackBotNeeds): Promise<SlackBot> {
  await using owned = new AsyncDisposableStack();
  const { url, opens } = door ?? owned.use(await ownDoor());
  const workspace = owned.use(await startWorkspace({ botUrl: url, manifest, rateLimits, ackDeadlineMs: 20_000 }));
  const apiUrl = `${workspace.standIn.url}/api/`;
  const client = slackClient(SECRETS.botToken, { apiUrl, logger: silent });
  const deciding = { ...store, ...configured, clock };
  let looks = 0;
  const draw = homeDrawing({ ...deciding, snoozes: snoozes(store.db.withTables()), desk, channel, groupsOf });
  const drawing = () => {
    looks += 1;
    return draw();
  };
  const tabs = { homes: homes(store.db.withTables()), drawing, client, clock, log: silent };
  const working = {
    ...deciding,
    desk,
    groupsOf,
    client,
    channel,
    homes: homeTabs(tabs),
    decide: (click: Parameters<typeof settleClick>[1]) => settleClick({ ...deciding, groupsOf }, click),
    objections: objectionsOf(desk, clock),
    suggestions: suggestionsOf(desk),
    deliveries: deliveries(store.db.withTables()),
    ...drawnBesides(store, blocks),
    owners,
    track: <T>(work: Promise<T>) => work,
    // Slack's dates are of now, whatever the other clock says.
    clock: Date.now,
    log: silent,
  };
  const { botToken, appToken, signingSecret } = SECRETS;
  const options = { botToken, apiUrl, logger: silent };
  const connection = socket
    ? connectSocket({ ...options, appToken }, working)
    : connectHttp({ ...options, signingSecret }, working);
  opens(connection.listener);
  await connection.open();
  owned.defer(() => connection.close());
  const stop = new AbortController();
  const running = Promise.all([deliverOutbox({ ...working, clock }, stop.signal), working.homes.run(stop.signal)]);
  owned.defer(async () => {
    stop.abort();
    await running;
  });
  const kept = owned.move();

  const type = (text: string, user = "U0ANA") => workspace.act("/command", { user, channel: "C0GENERAL", text });
  return {
    workspace,
    url,
    type,
    async answer(text, user = "U0ANA") {
      const before = (await workspace.messages("C0GENERAL", user)).length;
      await type(text, user);
      return until(async () => (await workspace.messages("C0GENERAL", user))[before]);
    },
    unfinished: () => working.deliveries.unfinished(),
    replay: async () => replay(working, await working.deliveries.unfinished(), stop.signal),
    again: (delivered, since) => workOff(working, delivered, since),
    namesOf: names(client, clock),
    looks: () => looks,
    posted: (look) =>
      until(async () => (await workspace.messages(certificates)).findLast((one) => look.test(JSON.stringify(one)))),
    async click({ ts, channel: place }, action_id, user, block_id) {
      const before = (await workspace.messages(place, user)).length;
      await workspace.act("/click", { user, channel: place, ts, action_id, block_id });
      return { answer: () => until(async () => (await workspace.messages(place, user))[before]) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function ownDoor(): Promise<Door & AsyncDisposable> {
  let takes: RequestListener | null = null;
  const server = await httpServer((request, response) => takes?.(request, response));
  return {
    url: `http://127.0.0.1:${server.port}/slack/events`,
    opens: (listener) => (takes = listener),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
