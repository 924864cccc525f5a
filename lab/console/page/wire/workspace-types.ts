import type { Channel, Person } from "../../../slack/directory.ts";

export type { Person } from "../../../slack/directory.ts";
export type { Message } from "../../../slack/messages.ts";
export type { View } from "../../../slack/views.ts";

export interface Directory {
  team: { id: string; name: string };
  channels: Channel[];
  people: Person[];
  groups: { id: string; handle: string }[];
  bot: { id: string; name: string };
}
