import type { Courier } from "../delivery/courier.ts";
import { channel, directChannel, person, type Person, SLACKBOT } from "../directory.ts";
import type { Occasion } from "../response-urls.ts";
import type { Workspace } from "../workspace.ts";

/** What a person's act needs: the workspace, the way to the bot, and where the bot can answer. */
export interface Stage {
  workspace: Workspace;
  courier: Courier;
  /** Such as `http://127.0.0.1:3001`. */
  origin: () => string;
}

/** What came of an act. */
export interface Done {
  ok: boolean;
  /** Milliseconds until the bot acknowledged; absent where nothing was sent to it. */
  tookMs?: number;
  /** A delivery error, or why the client or the bot refused. */
  error?: string;
  [detail: string]: unknown;
}

/** A person did what the client would not have let them do: a fault of the caller, answered with 400. */
export interface Mistake {
  ok: false;
  code: string;
  message: string;
  hint: string;
}

export function mistake(code: string, message: string, hint: string): Mistake {
  return { ok: false, code, message, hint };
}

export function isMistake(value: object): value is Mistake {
  return "code" in value && "hint" in value;
}

/** The person of an id and, if a channel is given, proof that they can be there. */
export function whoAndWhere(user: string, channelId?: string): { ok: true; by: Person } | Mistake {
  const by = person(user);
  if (!by) return mistake("NO_SUCH_PERSON", `Nobody has the id ${user}.`, "GET /workspace lists the people.");
  const known = channelId === undefined || channel(channelId) || channelId === directChannel(user);
  if (!known)
    return mistake("NO_SUCH_CHANNEL", `There is no channel ${channelId}.`, "GET /workspace lists the channels.");
  return { ok: true, by };
}

/** Slack's own word to one person. */
export function notice(
  { workspace }: Stage,
  { user, channel: place }: Pick<Occasion, "user" | "channel">,
  text: string,
): void {
  workspace.messages.post({ channel: place, user: SLACKBOT, text, blocks: [], ephemeral: true, to: user });
}

export function responseUrl({ workspace, origin }: Stage, occasion: Occasion): string {
  return `${origin()}/response/${workspace.responseUrls.issue(occasion)}`;
}
