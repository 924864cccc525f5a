import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Deliveries } from "../../bot/operations/store-ports.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { slackClient } from "../../bot/slack/client.ts";
import { connectHttp } from "../../bot/slack/connect.ts";
import { deliverOutbox, type OutboxNeeds } from "../../bot/slack/outbox.ts";
import type { Objections } from "../../bot/slack/submission.ts";
import { readManifest } from "../../lab/slack/manifest.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { drawnBesides } from "./drawn-besides.ts";
import { SECRETS, startWorkspace, type TestWorkspace, until } from "../contract/slack-fixture.ts";
import { homes } from "../../bot/adapters/store/homes.ts";
import { homeTabs } from "../../bot/slack/home-tabs.ts";
import { suggestionsOf } from "../../bot/slack/suggestions.ts";

const noHome = () => Promise.reject(new Error("no Home tab here"));

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));
const quiet = { info() {}, warn() {}, error() {} };
const boltQuiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => "error",
  setName() {},
};

/** A workspace with the app's own manifest, and the bot's way into it: Bolt's receiver, the guard, the work, the outbox. */
export interface DeskSlack extends AsyncDisposable {
  workspace: TestWorkspace;
  /** Where Slack's deliveries go. */
  url: string;
  /** Types a command in full in #general, and gives what Slack said of it. */
  type(text: string, user?: string): Promise<{ ok: boolean }>;
  /** What was acknowledged and is not done. */
  unfinished(): ReturnType<Deliveries["unfinished"]>;
  /** The latest answer that the person alone sees in #general, once there is one more than before. */
  answer(text: string, user?: string): Promise<Message>;
  /** The latest message of the requests' channel that looks like that. */
  posted(look: RegExp): Promise<Message>;
  /** Clicks a button of a message; the answer is what the person alone sees then, in its channel. */
  click(message: Message, action: string, user: string): Promise<{ answer(): Promise<Message> }>;
}

/** Ben and chen may approve. `clock`: that of requests and what is told. */
export async function aDeskSlack({
  store,
  desk,
  deciding,
  objections,
  clock,
  owners = {},
  channel = "C0CERTS",
}: {
  store: Store;
  desk: Desk;
  deciding: Omit<Parameters<typeof settleClick>[0], "groupsOf">;
  objections: Objections;
  clock: () => number;
  owners?: OutboxNeeds["owners"];
  channel?: string;
}): Promise<DeskSlack> {
  await using owned = new AsyncDisposableStack();
  const server = createServer((request, response) => listener?.(request, response)).listen(0, "127.0.0.1");
  owned.defer(async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  const workspace = owned.use(
    await startWorkspace({ botUrl: url, manifest, rateLimits: false, ackDeadlineMs: 20_000 }),
  );
  const apiUrl = `${workspace.standIn.url}/api/`;
  const logger = boltQuiet as never;
  const client = slackClient(SECRETS.botToken, { apiUrl, logger });
  const working = {
    ...deciding,
    desk,
    groupsOf,
    client,
    channel,
    decide: (click: Parameters<typeof settleClick>[1]) => settleClick({ ...deciding, groupsOf }, click),
    objections,
    homes: homeTabs({ homes: homes(store.db.withTables()), drawing: noHome, client, clock, log: quiet }),
    suggestions: suggestionsOf(desk),
    deliveries: deliveries(store.db.withTables()),
    requests: store.requests,
    outbox: store.outbox,
    ...drawnBesides(store),
    owners,
    track: <T>(work: Promise<T>) => work,
    // Slack's dates are of now, whatever the store's clock says.
    clock: Date.now,
    log: quiet,
  };
  const { listener } = connectHttp(
    { botToken: SECRETS.botToken, apiUrl, logger, signingSecret: SECRETS.signingSecret },
    working,
  );
  const stop = new AbortController();
  const delivering = deliverOutbox({ ...working, clock }, stop.signal);
  owned.defer(async () => {
    stop.abort();
    await delivering;
  });
  const kept = owned.move();

  const type = (text: string, user = "U0ANA") => workspace.act("/command", { user, channel: "C0GENERAL", text });
  return {
    workspace,
    url,
    type,
    unfinished: () => working.deliveries.unfinished(),
    async answer(text, user = "U0ANA") {
      const before = (await workspace.messages("C0GENERAL", user)).length;
      await type(text, user);
      return until(async () => (await workspace.messages("C0GENERAL", user))[before]);
    },
    posted: (look) =>
      until(async () => (await workspace.messages("C0CERTS")).findLast((one) => look.test(JSON.stringify(one)))),
    async click({ ts, channel }, action_id, user) {
      const before = (await workspace.messages(channel, user)).length;
      await workspace.act("/click", { user, channel, ts, action_id });
      return { answer: () => until(async () => (await workspace.messages(channel, user))[before]) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const groupsOf = async (user: string) => (user === "U0BEN" || user === "U0CHEN" ? ["S0PLATFORM"] : []);
