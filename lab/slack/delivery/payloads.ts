import { randomBytes } from "node:crypto";
import { APP_ID, BOT, channel, type Person, TEAM } from "../directory.ts";

/** Slack still sends this deprecated token; an app that trusts it in place of the signature is broken. */
const DEPRECATED_TOKEN = "deprecated-use-the-signature";

const common = { token: DEPRECATED_TOKEN, api_app_id: APP_ID } as const;

export function channelName(id: string): string {
  return channel(id)?.name ?? "directmessage";
}

interface Command {
  by: Person;
  channel: string;
  command: string;
  text: string;
  triggerId: string;
  responseUrl: string;
}

/** The form fields of a slash command. */
export function commandFields(given: Command): Record<string, string> {
  return {
    ...common,
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: given.channel,
    channel_name: channelName(given.channel),
    user_id: given.by.id,
    user_name: given.by.name,
    command: given.command,
    text: given.text,
    is_enterprise_install: "false",
    response_url: given.responseUrl,
    trigger_id: given.triggerId,
  };
}

/** What every interactive payload begins with. */
export function interaction(type: string, by: Person): Record<string, unknown> {
  return {
    type,
    ...common,
    user: { id: by.id, username: by.name, name: by.name, team_id: TEAM.id },
    team: { id: TEAM.id, domain: TEAM.domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** The envelope of an event. */
export function eventCallback(event: Record<string, unknown>, at: number): Record<string, unknown> {
  const id = randomBytes(6).toString("hex").toUpperCase();
  return {
    ...common,
    type: "event_callback",
    team_id: TEAM.id,
    event,
    event_id: `Ev${id}`,
    event_time: Math.floor(at / 1000),
    event_context: `4-${id}`,
    is_ext_shared_channel: false,
    authorizations: [
      { enterprise_id: null, team_id: TEAM.id, user_id: BOT.user, is_bot: true, is_enterprise_install: false },
    ],
  };
}

export function urlVerification(challenge: string): Record<string, unknown> {
  return { token: DEPRECATED_TOKEN, type: "url_verification", challenge };
}
