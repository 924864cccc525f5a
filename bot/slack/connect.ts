import { ServerResponse } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { App, HTTPReceiver, SocketModeReceiver } from "@slack/bolt";
import type { Logger, Receiver } from "@slack/bolt";
import type { Clock } from "../operations/ports.ts";
import { clientOptions } from "./client.ts";
import { guard } from "./guard.ts";
import type { GuardNeeds } from "./guard.ts";
import { listen } from "./listeners.ts";
import type { WorkNeeds } from "./work-off.ts";

export interface Connection {
  /** Takes Slack's deliveries over HTTP; null in Socket Mode. */
  listener: RequestListener | null;
  /** Socket Mode: opens the connections and keeps them open. Over HTTP there is nothing to open. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  botToken: string;
  apiUrl: string | null;
  logger: Logger;
}

/** Deliveries as signed HTTP requests. */
export function connectHttp(
  { signingSecret, ...options }: ConnectOptions & { signingSecret: string },
  needs: GuardNeeds & WorkNeeds,
): Connection {
  const responses: Responses = new WeakMap();
  const receiver = new HTTPReceiver({
    signingSecret,
    logger: options.logger,
    customPropertiesExtractor: (request) => ({
      signature: request.headers["x-slack-signature"],
      response: responses.get(request),
    }),
    unhandledRequestHandler: ({ response }) => answerUnanswered(response, 503),
  });
  wire(prompt(receiver), options, needs);
  return { listener: strict(receiver, { clock: needs.clock, responses }), open: async () => {}, close: async () => {} };
}

/**
 * Deliveries over web sockets that the bot opens. There are two: Slack closes each from time to time, and it takes seconds
 * until the next one is open.
 */
export function connectSocket(
  { appToken, ...options }: ConnectOptions & { appToken: string },
  needs: GuardNeeds & WorkNeeds,
): Connection {
  const { apiUrl, logger } = options;
  const receivers = [0, 1].map(
    () =>
      new SocketModeReceiver({
        appToken,
        logger,
        installerOptions: { clientOptions: clientOptions({ apiUrl, logger }) },
      }),
  );
  const both: Receiver = {
    init: (app) => receivers.forEach((receiver) => receiver.init(app)),
    start: () => Promise.all(receivers.map((receiver) => receiver.start())),
    stop: () => Promise.all(receivers.map((receiver) => receiver.stop())),
  };
  wire(both, options, needs);
  return { listener: null, open: async () => void (await both.start()), close: async () => void (await both.stop()) };
}

function wire(receiver: Receiver, { botToken, apiUrl, logger }: ConnectOptions, needs: GuardNeeds & WorkNeeds): void {
  const app = new App({
    receiver,
    logger,
    convoStore: false,
    ignoreSelf: false,
    // One workspace, one token: nothing to ask Slack for, so the bot also starts while Slack is away.
    authorize: async () => ({ botToken }),
    clientOptions: clientOptions({ apiUrl, logger }),
  });
  app.use(guard(needs));
  listen(app, needs);
}

type Responses = WeakMap<IncomingMessage, ServerResponse>;

/** What Bolt can make nothing of it leaves unanswered until it gives up, after three seconds; here it is refused at once. */
function prompt(receiver: HTTPReceiver): Receiver {
  return {
    init: (app) => {
      const processEvent = app.processEvent.bind(app);
      app.processEvent = async (event) => {
        await processEvent(event);
        const response: unknown = event.customProperties?.["response"];
        if (response instanceof ServerResponse) answerUnanswered(response, 400);
      };
      receiver.init(app);
    },
    start: async () => {},
    stop: async () => {},
  };
}

function answerUnanswered(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status).end();
}

const longestSkewMs = 300_000;

/** What Bolt's receiver is too lenient or too strict in, decided on the headers; it verifies the signature itself. */
function strict(
  { requestListener }: HTTPReceiver,
  { clock, responses }: { clock: Clock; responses: Responses },
): RequestListener {
  return (request, response) => {
    const sentAt = Number(request.headers["x-slack-request-timestamp"]) * 1_000;
    // Bolt refuses what is stale and lets pass what is dated ahead, which a replay could keep for later.
    if (sentAt - clock() > longestSkewMs) {
      response.writeHead(401).end();
      return;
    }
    // Proxies add a charset, which Bolt takes for JSON.
    const type = request.headers["content-type"];
    if (type !== undefined) request.headers["content-type"] = type.split(";")[0]?.trim();
    responses.set(request, response);
    requestListener(request, response);
  };
}
