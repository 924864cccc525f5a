import { App, HTTPReceiver, LogLevel } from "@slack/bolt";
import type { AddressInfo } from "node:net";
import { parseManifest } from "../../lab/slack/manifest.ts";
import type { Message } from "../../lab/slack/messages.ts";
import type { Delivery } from "../../lab/slack/delivery/delivery.ts";
import type { View } from "../../lab/slack/views.ts";
import { startStandIn, type StandIn, type StandInOptions } from "../../lab/slack/stand-in.ts";

export const SECRETS = {
  signingSecret: "signing-secret-of-the-tests",
  botToken: "xoxb-of-the-tests",
  appToken: "xapp-of-the-tests",
  consoleToken: "console-of-the-tests",
};

/** What Bolt logs to, where nobody reads it. */
export const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

const ALL_SCOPES = [
  "commands",
  "chat:write",
  "channels:read",
  "channels:history",
  "im:write",
  "im:read",
  "im:history",
  "metadata.message:read",
  "users:read",
  "usergroups:read",
];

export interface ManifestOptions {
  scopes?: string[];
  events?: string[];
  interactive?: boolean;
  optionsUrl?: boolean;
  homeTab?: boolean;
  messagesTab?: boolean;
}

export function manifest(options: ManifestOptions = {}): ReturnType<typeof parseManifest> {
  const { scopes = ALL_SCOPES, events = ["app_home_opened", "app_mention", "message.channels"] } = options;
  const { interactive = true, optionsUrl = true, homeTab = true, messagesTab = true } = options;
  const menus = optionsUrl ? { message_menu_options_url: "https://certops.example.com/slack/events" } : {};
  const commands = scopes.includes("commands") ? [{ command: "/cert" }] : [];
  // JSON is YAML.
  const text = JSON.stringify({
    features: {
      app_home: { home_tab_enabled: homeTab, messages_tab_enabled: messagesTab },
      slash_commands: commands,
    },
    oauth_config: { scopes: { bot: scopes } },
    settings: { event_subscriptions: { bot_events: events }, interactivity: { is_enabled: interactive, ...menus } },
  });
  return parseManifest(text, "of the tests");
}

export interface Answer {
  ok: boolean;
  /** The HTTP status. */
  status: number;
  error?: string;
  [field: string]: unknown;
}

export interface TestWorkspace extends AsyncDisposable {
  standIn: StandIn;
  /** Calls the Web API as the bot, with a JSON body unless told otherwise. */
  api: (method: string, args?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Does something as a person, through the console's API. */
  act: (path: string, body: unknown) => Promise<Answer>;
  /** What one person sees in a channel; without a person, what everybody does. */
  messages: (channel: string, as?: string) => Promise<Message[]>;
  views: (user: string) => Promise<View[]>;
  /** Fills in the form that opens for this person, field by field, and submits it. */
  fillIn: (user: string, fields: Record<string, string>) => Promise<Answer>;
  home: (user: string) => Promise<View | null>;
  deliveries: () => Promise<Delivery[]>;
  /** How many connections of Socket Mode take deliveries. */
  sockets: () => Promise<number>;
}

export async function startWorkspace(options: Partial<StandInOptions> = {}): Promise<TestWorkspace> {
  const standIn = await startStandIn({
    port: 0,
    botUrl: "http://127.0.0.1:9/slack/events",
    signingSecret: SECRETS.signingSecret,
    tokens: { bot: SECRETS.botToken, app: SECRETS.appToken },
    consoleToken: SECRETS.consoleToken,
    manifest: manifest(),
    ...options,
  });
  const console = { authorization: `Bearer ${SECRETS.consoleToken}` };
  const post = async (url: string, headers: Record<string, string>, body: unknown): Promise<Answer> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url, { method: "POST", headers, body: text });
    return { ...((await response.json()) as Answer), status: response.status };
  };
  const see = async (path: string): Promise<unknown> => {
    const response = await fetch(`${standIn.url}/workspace${path}`, { headers: console });
    return response.json();
  };
  const views = async (user: string) => ((await see(`/views?user=${user}`)) as { views: View[] }).views;
  return {
    standIn,
    api(method, args = {}, headers = {}) {
      const all = { "content-type": "application/json", authorization: `Bearer ${SECRETS.botToken}`, ...headers };
      return post(`${standIn.url}/api/${method}`, all, args);
    },
    act: (path, body) => post(`${standIn.url}/workspace${path}`, console, body),
    async messages(channel, as) {
      const seen = (await see(`/messages?channel=${channel}${as ? `&as=${as}` : ""}`)) as { messages: Message[] };
      return seen.messages;
    },
    async fillIn(user, fields) {
      const { id } = await until(async () => (await views(user)).at(-1));
      const values = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { value }]));
      return post(`${standIn.url}/workspace/submit`, console, { user, view_id: id, values });
    },
    views,
    home: async (user) => ((await see(`/home?user=${user}`)) as { view: View | null }).view,
    deliveries: async () => ((await see("/deliveries")) as { deliveries: Delivery[] }).deliveries,
    sockets: async () => ((await see("/sockets")) as { open: number }).open,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

/** A clock that stands and a long deadline: on a busy machine no trigger may expire and no acknowledgement come late. */
export function unhurried(): Pick<StandInOptions, "now" | "ackDeadlineMs"> {
  const started = Date.now();
  return { now: () => started, ackDeadlineMs: 20_000 };
}

export interface BoltBot extends TestWorkspace {
  app: App;
}

/** A real Bolt app over HTTP, and a workspace that sends to it. `register` adds its listeners. */
export async function startBoltBot(
  register: (app: App) => void,
  options: Partial<StandInOptions> = {},
): Promise<BoltBot> {
  const receiver = new HTTPReceiver({ signingSecret: SECRETS.signingSecret, logLevel: LogLevel.ERROR });
  const server = await receiver.start({ port: 0, host: "127.0.0.1" });
  const botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  const workspace = await startWorkspace({ botUrl, ...unhurried(), ...options });
  const app = new App({
    receiver,
    token: SECRETS.botToken,
    clientOptions: { slackApiUrl: `${workspace.standIn.url}/api/` },
    logLevel: LogLevel.ERROR,
  });
  register(app);
  return {
    ...workspace,
    app,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      server.closeAllConnections();
      await receiver.stop();
    },
  };
}

/** Waits until something holds; the test's own time-out bounds it. */
type Maybe<T> = T | undefined | null | false;

export async function until<T>(look: () => Promise<Maybe<T>> | Maybe<T>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
