import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { LabState } from "./state.ts";
import type { ChildSpec } from "./supervise.ts";

const STAND_IN_MAIN = join(import.meta.dirname, "slack/main.ts");

/** The Slack stand-in. Its secrets come from files: an environment can be read by more than its process. */
export async function standInSpec(state: LabState): Promise<ChildSpec> {
  const { signingSecret, botToken, consoleToken } = state.slack;
  const secretFile = async (name: string, secret: string) => {
    const file = join(state.dir, "slack", name);
    await writeFile(file, secret, { mode: 0o600 });
    return file;
  };
  return {
    name: "slack",
    command: process.execPath,
    args: [STAND_IN_MAIN],
    log: join(state.dir, "logs", "slack.log"),
    env: {
      PORT: String(state.ports.slack),
      BOT_URL: `${state.urls.bot}/slack/events`,
      SIGNING_SECRET_FILE: await secretFile("signing-secret", signingSecret),
      BOT_TOKEN_FILE: await secretFile("bot-token", botToken),
      CONSOLE_TOKEN_FILE: await secretFile("console-token", consoleToken),
    },
    async ready(signal) {
      const headers = { authorization: `Bearer ${consoleToken}` };
      const serves = async () => ((await fetch(`${state.urls.slack}/workspace`, { headers, signal })).ok ? true : null);
      await eventually("the Slack stand-in", serves, signal);
    },
  };
}
