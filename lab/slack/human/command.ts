import { commandFields } from "../delivery/payloads.ts";
import { PEOPLE } from "../directory.ts";
import { answer } from "../response-urls.ts";
import { type Done, type Mistake, mistake, notice, responseUrl, type Stage, whoAndWhere } from "./stage.ts";

export interface Typed {
  user: string;
  channel: string;
  /** The whole line: `/cert expiring 30d`. */
  text: string;
}

/** Types a slash command. What the bot answers at once is in `response`; the rest arrives as messages. */
export async function runCommand({ user, channel, text }: Typed, stage: Stage): Promise<Done | Mistake> {
  const { workspace, courier } = stage;
  const who = whoAndWhere(user, channel);
  if (!who.ok) return who;
  const [, command = "", rest = ""] = /^(\/\S+)\s*([^]*)$/.exec(text) ?? [];
  if (command === "") {
    return mistake("NOT_A_COMMAND", "A command begins with a slash.", "POST /workspace/message sends plain text.");
  }
  if (!workspace.manifest.commands.has(command)) {
    notice(stage, { user, channel }, `\`${command}\` is not a valid command.`);
    return { ok: false, error: "invalid_command" };
  }
  const occasion = { user, channel };
  const { error, body, tookMs } = await courier.deliver({
    kind: "command",
    type: command,
    payload: commandFields({
      by: who.by,
      channel,
      command,
      text: workspace.manifest.escaped.has(command) ? escaped(rest.trimEnd()) : rest.trimEnd(),
      triggerId: workspace.triggers.issue(user),
      responseUrl: responseUrl(stage, occasion),
    }),
  });
  const failed = (why: string): Done => {
    notice(stage, { user, channel }, `${command} failed with the error "${why}"`);
    return { ok: false, error: why, tookMs };
  };
  if (error !== null) return failed(error);
  if (body === null) return { ok: true, tookMs };
  const answered = answer(workspace.messages, occasion, body);
  return answered.ok ? { ok: true, tookMs, response: answered.message } : failed(answered.error);
}

/** Names of people, as Slack writes them for a command that asks for it. */
function escaped(text: string): string {
  return text.replaceAll(/(^|\s)@([a-z]+)\b/g, (whole, before: string, name: string) => {
    const id = PEOPLE.find((one) => one.name === name)?.id;
    return id === undefined ? whole : `${before}<@${id}|${name}>`;
  });
}
