import type { RequestListener } from "node:http";
import { drawOutlook } from "./adapters/draw-outlook.ts";
import type { Drain } from "./drain.ts";
import type { SlackState } from "./health.ts";
import { decidersAt } from "./domain/approval-policy.ts";
import { Failure } from "./errors.ts";
import { boltLogger } from "./log.ts";
import type { Logger } from "./log.ts";
import type { Desk } from "./operations/command.ts";
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
import { directory } from "./slack/directory.ts";
import { names } from "./slack/names.ts";
import { deliverOutbox } from "./slack/outbox.ts";
import { replay } from "./slack/replay.ts";
import type { SlackTokens } from "./config.ts";

export interface SlackLink {
  state: () => SlackState;
  /** null in Socket Mode, and while there are no tokens. */
  listener: () => RequestListener | null;
  /** The groups that decide in certops.yaml which this person is in. Throws `directory-unavailable`. */
  groupsOf: (user: string) => Promise<string[]>;
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
    groupsOf: (user) => groupsOf(user),
    namesOf: (ids) => namesOf(ids),
    async run(signal) {
      const tokens = await slackTokens(parts.config, parts.vault, { signal, log });
      if (tokens === null) return;
      state = "connecting";
      const client = clientFor(parts, tokens, log);
      const groups = await decidingGroups(parts);
      groupsOf = directory(client, groups, parts.clock);
      namesOf = names(client, parts.clock);
      // Before the first delivery to this process: what an earlier one acknowledged and did not finish.
      const unfinished = await parts.deliveries.unfinished();
      await redrawAfterStart(parts);
      const needs = slackNeeds(parts, client, { desk, track, log, groupsOf, groups });
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

/** More than ever wait at a time. */
const allOpen = 10_000;

/** Those of certops.yaml, and those that requests keep from before it was changed. */
async function decidingGroups({ config, requests }: Parts): Promise<string[]> {
  const [pending, toReview] = await Promise.all([
    requests.list({ states: ["pending"], limit: allOpen }),
    requests.list({ toReview: true, limit: allOpen }),
  ]);
  const kept = [...pending, ...toReview].flatMap(({ approval }) => [
    ...decidersAt(approval, approval.escalation.length).groups,
    ...(approval.breakGlass?.groups ?? []),
  ]);
  return [...new Set([...Object.values(config.roles).flatMap(({ groups }) => groups), ...kept])];
}

function clientFor({ config }: Parts, { botToken }: SlackTokens, log: Logger) {
  return slackClient(botToken, { apiUrl: config.slack.apiUrl, logger: boltLogger(log) });
}

/** Whose buttons a Home tab shows may be that old; a click asks anew. */
const homeGroupsFreshMs = 60_000;

function slackNeeds(
  parts: Parts,
  client: ReturnType<typeof clientFor>,
  {
    groups,
    ...works
  }: { desk: Desk; track: Drain["track"]; log: Logger; groupsOf: SlackLink["groupsOf"]; groups: string[] },
) {
  const { groupsOf, desk, log } = works;
  const { channel } = parts.config.slack;
  const knownGroups = directory(client, groups, parts.clock, homeGroupsFreshMs);
  const drawing = homeDrawing({ ...parts, desk, channel, groupsOf: knownGroups });
  return {
    ...parts,
    ...works,
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
