import { utc } from "../../domain/utc.ts";
import { tellDuration } from "../../domain/duration.ts";
import { slackIds } from "../../domain/mention.ts";
import { shortened } from "../../domain/serial.ts";
import { visible } from "../../domain/visible.ts";

// How the bot writes people, times, names and serials in Slack's markup.

/** Text of somebody else: it must not become a mention or a link. */
export function plain(text: string): string {
  return visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A name to be copied, never linked. */
export function code(text: string): string {
  return `\`${plain(text).replaceAll("`", "ˋ")}\``;
}

/** A Slack user as a mention; an operator in words. */
export function person(id: string): string {
  if (/^[UW][A-Z0-9]+$/.test(id)) return `<@${id}>`;
  return id.startsWith("operator:") ? `operator ${code(id.slice("operator:".length))}` : code(id);
}

/** Everybody who may decide. */
export function approvers({ users, groups }: { users: string[]; groups: string[] }): string {
  return [...groups.map((group) => `<!subteam^${group}>`), ...users.map(person)].join(", ") || "nobody";
}

/** A sentence in which people and groups stand by their Slack ids: they become mentions. */
export function mentioned(sentence: string): string {
  return plain(sentence).replaceAll(slackIds, (id) => (id.startsWith("S") ? `<!subteam^${id}>` : `<@${id}>`));
}

/** So many characters of it at most. */
export const clipped = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;

/** Shown in the reader's own time zone. `at`: epoch milliseconds. */
export function time(at: number): string {
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time_secs}|${utc(at)}>`;
}

const dayMs = 86_400_000;

/** A time long ago as people say it: of the last day with the hour, of the last week the weekday, before that the day. */
export function longAgo(at: number, now: number): string {
  const days = (now - at) / dayMs;
  if (days < 1) return time(at);
  // Slack has no weekday alone: it comes with its date, in the reader's own zone.
  const [format, fallback] =
    days < 7 ? ["{date_long_pretty}", `${weekday.format(at)}, ${utc(at)}`] : ["{date}", utc(at)];
  return `<!date^${Math.floor(at / 1_000)}^${format}|${fallback}>`;
}

const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" });

/** "in 58 minutes", counted by the reader's own client; where it cannot, as it was when it was drawn. */
export function timeLeft(at: number, now: number): string {
  return `<!date^${Math.floor(at / 1_000)}^{ago}|${relative(at, now)}>`;
}

/** "in 1 m 20 s" or "2 h ago". */
export function relative(at: number, now: number): string {
  if (at <= now && now - at < 1_000) return "just now";
  return at >= now ? `in ${tellDuration(at - now)}` : `${tellDuration(now - at)} ago`;
}

/** Tenths of a second, where they count. */
export function precisely(ms: number): string {
  return ms >= 1_000 && ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : tellDuration(ms);
}

/** Enough of a serial to tell two apart; the whole of it is in `/cert show`. */
export function shortSerial(serial: string | null): string {
  return serial === null ? "none" : code(shortened(serial));
}

export function list(names: string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).map(code).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What a freeze covers. */
export function scoped(scope: string): string {
  return scope === "*" ? "*everything*" : `*${plain(scope)}*`;
}
