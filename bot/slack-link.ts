import type { RequestListener } from "node:http";
import { drawOutlook } from "./adapters/draw-outlook.ts";
import type { Drain } from "./drain.ts";
import type { SlackState } from "./health.ts";
import { Failure } from "./errors.ts";
import { boltLogger } from "./log.ts";
import type { Logger } from "./log.ts";
import type { Desk } from "./operations/command.ts";
import type { GroupsOf } from "./operations/membership.ts";
import type { NamesOf } from "./operations/ports.ts";
import { redrawAfterStart } from "./operations/redraw-after-start.ts";
import { settleClick } from "./operations/settle-click.ts";
import { pause } from "./operations/waiting.ts";
import type { Parts } from "./parts.ts";
import { blockChoice } from "./slack/block-choice.ts";
import { homeTabs } from "./slack/home-tabs.ts";
import { homeDrawing } from "./slack/home-drawing.ts";
import { objectionsOf } from "./slack/submission.ts";
import { suggestionsOf } from "./slack/suggestions.ts";
import { slackTokens } from "./slack-tokens.ts";
import { slackClient } from "./slack/client.ts";
import { connectHttp, connectSocket } from "./slack/connect.ts";
import type { Connection } from "./slack/connect.ts";
import { type Directory, directory } from "./slack/directory.ts";
import { names } from "./slack/names.ts";
import { deliverOutbox } from "./slack/outbox.ts";
import { replay } from "./slack/replay.ts";
import type { SlackTokens } from "./config.ts";

export interface SlackLink {
  state: () => SlackState;
  /** null in Socket Mode, and while there are no tokens. */
  listener: () => RequestListener | null;
  groupsOf: GroupsOf;
  namesOf: NamesOf;
  /** Gets the tokens, connects and delivers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** The bot's link to Slack. It may come up long after the bot has, and never takes it down. */
export function slackLink(
  parts: Parts,
  { desk, track, log }: { desk: Desk; track: Drain["track"]; log: Logger },
): SlackLink {
  let state: SlackState = "waiting for tokens";
  let connection: Connection | null = null;
  let groupsOf: SlackLink["groupsOf"] = unknownYet;
  let namesOf: NamesOf = async () => new Map();

  return {
    state: () => state,
    listener: () => connection?.listener ?? null,
    groupsOf: (user, among) => groupsOf(user, among),
    namesOf: (ids) => namesOf(ids),
    async run(signal) {
      const tokens = await slackTokens(parts.config, parts.vault, { signal, log });
      if (tokens === null) return;
      state = "connecting";
      const client = clientFor(parts, tokens, log);
      const groups = directory(client, parts.clock);
      groupsOf = groups.now;
      namesOf = names(client, parts.clock);
      // Before the first delivery to this process: what an earlier one acknowledged and did not finish.
      const unfinished = await parts.deliveries.unfinished();
      await redrawAfterStart(parts);
      const needs = slackNeeds(parts, client, { desk, track, log, groups });
      connection = connect(parts, tokens, needs);
      await open(connection, { signal, log });
      if (signal.aborted) return;
      state = "connected";
      log.info({ mode: parts.config.slack.mode }, "connected to Slack");
      await Promise.all([deliverOutbox(needs, signal), replay(needs, unfinished, signal), needs.homes.run(signal)]);
      await connection.close();
    },
  };
}

async function unknownYet(): Promise<never> {
  throw new Failure("directory-unavailable", "the bot is not connected to Slack yet", "try again in a moment");
}

function clientFor({ config }: Parts, { botToken }: SlackTokens, log: Logger) {
  return slackClient(botToken, { apiUrl: config.slack.apiUrl, logger: boltLogger(log) });
}

function slackNeeds(
  parts: Parts,
  client: ReturnType<typeof clientFor>,
  { groups, ...works }: { desk: Desk; track: Drain["track"]; log: Logger; groups: Directory },
) {
  const { desk, log } = works;
  const groupsOf = groups.now;
  const { channel } = parts.config.slack;
  const drawing = homeDrawing({ ...parts, desk, channel, groupsOf: groups.lately });
  return {
    ...parts,
    ...works,
    groupsOf,
    client,
    drawOutlook,
    blocks: blockChoice(parts.config.slack.blocks, log),
    channel,
    homes: homeTabs({ ...parts, client, log, drawing }),
    decide: (click: Parameters<typeof settleClick>[1]) => settleClick({ ...parts, groupsOf }, click),
    objections: objectionsOf(desk, parts.clock),
    suggestions: suggestionsOf(desk),
  };
}

function connect({ config }: Parts, tokens: SlackTokens, needs: ReturnType<typeof slackNeeds>): Connection {
  const options = { botToken: tokens.botToken, apiUrl: config.slack.apiUrl, logger: boltLogger(needs.log) };
  if (config.slack.mode === "socket") return connectSocket({ ...options, appToken: tokens.appToken ?? "" }, needs);
  return connectHttp({ ...options, signingSecret: tokens.signingSecret ?? "" }, needs);
}

/** Socket Mode needs Slack to be there; it is tried until it is. */
async function open(connection: Connection, { signal, log }: { signal: AbortSignal; log: Logger }): Promise<void> {
  while (!signal.aborted) {
    try {
      return await connection.open();
    } catch (error) {
      log.warn({ err: error }, "Slack cannot be reached in Socket Mode; trying again");
      await pause(5_000, signal);
    }
  }
}
