import { interactiveElements } from "../blocks/block.ts";
import type { InteractiveElement } from "../blocks/elements.ts";
import type { Message } from "../messages.ts";
import type { View } from "../views.ts";
import { apiMessage } from "../web-api/conversation.ts";
import { apiView } from "../web-api/views.ts";
import { channelName } from "../delivery/payloads.ts";
import { type Mistake, mistake, responseUrl, type Stage } from "./stage.ts";

/** Where an element stands: in a message of a channel, or in a view. */
export type Place = { channel: string; ts: string } | { view_id: string };

export type Host = { kind: "message"; message: Message } | { kind: "view"; view: View };

export interface Target {
  ok: true;
  host: Host;
  block_id: string;
  /** Whether the block is an input block that keeps what is chosen to itself until the view is submitted. */
  silent: boolean;
  element: InteractiveElement;
}

/** Finds an element that a person sees. */
export function findElement(
  user: string,
  place: Place,
  { action_id, block_id }: { action_id: string; block_id?: string | undefined },
  { workspace }: Stage,
): Target | Mistake {
  const host = findHost(user, place, workspace);
  if (!host) {
    const hint = "It may have been deleted, closed, or be meant for somebody else.";
    return mistake("NOTHING_THERE", "This person sees no such message or view.", hint);
  }
  const blocks = host.kind === "message" ? host.message.blocks : host.view.blocks;
  for (const block of blocks) {
    if (block_id !== undefined && block.block_id !== block_id) continue;
    const element = interactiveElements(block).find((one) => one.action_id === action_id);
    if (!element) continue;
    const silent = block.type === "input" && block.dispatch_action !== true;
    return { ok: true, host, block_id: block.block_id ?? "", silent, element };
  }
  const hint = "The app may have replaced the message meanwhile: read it again.";
  return mistake("NO_SUCH_ELEMENT", `Nothing there has the action id ${action_id}.`, hint);
}

/** By which the workspace knows an external menu. */
export function menuOf({ host, block_id, element }: Pick<Target, "host" | "block_id" | "element">): string[] {
  return [host.kind === "view" ? host.view.id : host.message.ts, block_id, element.action_id ?? ""];
}

function findHost(user: string, place: Place, { messages, views }: Stage["workspace"]): Host | undefined {
  if ("view_id" in place) {
    const found = views.find(place.view_id);
    return found?.user === user ? { kind: "view", view: found.view } : undefined;
  }
  const message = messages.find(place.channel, place.ts);
  const visible = message && (!message.ephemeral || message.to === user);
  return visible ? { kind: "message", message } : undefined;
}

/** The parts of an interactive payload that say where the act happened. */
export function hostFields(user: string, host: Host, stage: Stage): Record<string, unknown> {
  if (host.kind === "view") {
    return { container: { type: "view", view_id: host.view.id }, view: apiView(host.view) };
  }
  const { message } = host;
  const { channel, ts, thread_ts, ephemeral = false } = message;
  return {
    container: {
      type: "message",
      message_ts: ts,
      channel_id: channel,
      is_ephemeral: ephemeral,
      ...(thread_ts ? { thread_ts } : {}),
    },
    channel: { id: channel, name: channelName(channel) },
    response_url: responseUrl(stage, { user, channel, original: message }),
    // Slack leaves out a message that only one person sees.
    ...(ephemeral ? {} : { message: apiMessage(message) }),
  };
}
