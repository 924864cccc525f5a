import { Problem } from "../vault-config/problem.ts";

/** A Slack workspace of the user's own, which the lab's bot joins by Socket Mode in place of the stand-in. */
export interface OwnSlack {
  channel: string;
  /** Slack user ids. */
  approvers: string[];
  botToken: string;
  appToken: string;
}

/** From `--slack` and `--approvers`, and the two tokens from the environment; null when the stand-in is to serve. */
export function ownSlack(
  words: { slack: string | undefined; approvers: string | undefined },
  environment: Record<string, string | undefined>,
): OwnSlack | null {
  const { slack: channel, approvers = "" } = words;
  if (channel === undefined) return null;
  const { SLACK_BOT_TOKEN: botToken = "", SLACK_APP_TOKEN: appToken = "" } = environment;
  const wrong = (message: string) =>
    new Problem("OWN_SLACK", message, "The README's section on Slack tells where each of them is found.");
  if (!/^[CG][A-Z0-9]{2,}$/.test(channel))
    throw wrong(`--slack takes a channel's id such as C0123456789, not "${channel}".`);
  const people = approvers.split(",").filter((id) => id !== "");
  if (people.length === 0)
    throw wrong("Nobody could approve: --approvers takes user ids such as U0123456789,U0987654321.");
  const stranger = people.find((id) => !/^[UW][A-Z0-9]{2,}$/.test(id));
  if (stranger !== undefined) throw wrong(`--approvers takes user ids such as U0123456789, not "${stranger}".`);
  if (!botToken.startsWith("xoxb-")) throw wrong("SLACK_BOT_TOKEN in the environment is not a bot token (xoxb-…).");
  if (!appToken.startsWith("xapp-"))
    throw wrong("SLACK_APP_TOKEN in the environment is not an app-level token (xapp-…).");
  return { channel, approvers: people, botToken, appToken };
}
