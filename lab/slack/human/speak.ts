import { eventCallback } from "../delivery/payloads.ts";
import { BOT, channel as channelOf, directChannel, TEAM } from "../directory.ts";
import { type Done, type Mistake, mistake, type Stage, whoAndWhere } from "./stage.ts";

interface Spoken {
  user: string;
  channel: string;
  text: string;
  thread_ts?: string | undefined;
}

/** Says something in a channel; the bot hears of it if it is there and its manifest subscribes to such events. */
export async function speak({ user, channel, text, thread_ts }: Spoken, stage: Stage): Promise<Done | Mistake> {
  const { workspace } = stage;
  const who = whoAndWhere(user, channel);
  if (!who.ok) return who;
  const direct = channel === directChannel(user);
  if (direct && !workspace.manifest.messagesTab) {
    const hint = "Set features.app_home.messages_tab_enabled in the app's manifest.";
    return mistake("MESSAGES_OFF", "Sending messages to this app has been turned off.", hint);
  }
  const thread = thread_ts ? { thread_ts } : {};
  const message = workspace.messages.post({ channel, user, text, blocks: [], ...thread });
  const said = { user, channel, text, ts: message.ts, event_ts: message.ts, team: TEAM.id, ...thread };
  if (direct || channelOf(channel)?.botIsMember) {
    if (text.includes(`<@${BOT.user}>`)) await tell("app_mention", { type: "app_mention", ...said }, stage);
    const channel_type = direct ? "im" : "channel";
    await tell(direct ? "message.im" : "message.channels", { type: "message", channel_type, ...said }, stage);
  }
  return { ok: true, message };
}

/** Opens the Home tab. */
export async function openHome(user: string, stage: Stage): Promise<Done | Mistake> {
  const who = whoAndWhere(user);
  if (!who.ok) return who;
  if (!stage.workspace.manifest.homeTab) {
    return mistake("HOME_OFF", "This app has no Home tab.", "Set features.app_home.home_tab_enabled in its manifest.");
  }
  const event_ts = stage.workspace.ids.ts();
  const event = { type: "app_home_opened", user, channel: directChannel(user), tab: "home", event_ts };
  return (await tell("app_home_opened", event, stage)) ?? { ok: true };
}

async function tell(subscription: string, event: Record<string, unknown>, stage: Stage): Promise<Done | null> {
  const { workspace, courier } = stage;
  if (!workspace.manifest.events.has(subscription)) return null;
  const payload = eventCallback(event, workspace.now());
  const { error, tookMs } = await courier.deliverEvent({ kind: "event", type: subscription, payload });
  return error === null ? { ok: true, tookMs } : { ok: false, error, tookMs };
}
