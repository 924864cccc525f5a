import { z } from "zod";
import type { Config, SlackTokens } from "./config.ts";
import { Failure } from "./errors.ts";
import type { Logger } from "./log.ts";
import { pause } from "./operations/waiting.ts";

const tryAgainMs = 2_000;

const secret = z.object({
  data: z.object({
    data: z.object({
      bot_token: z.string().min(1),
      signing_secret: z.string().min(1).optional(),
      app_token: z.string().min(1).optional(),
    }),
  }),
});

/** Slack's tokens, from the environment or else from Vault, for which it waits; null when the signal aborts before. */
export async function slackTokens(
  config: Pick<Config, "slack" | "slackTokens">,
  vault: { read(path: string): Promise<unknown> },
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<SlackTokens | null> {
  if (config.slackTokens !== null) return config.slackTokens;
  let told = "";
  while (!signal.aborted) {
    try {
      return await fromVault(config.slack, vault);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== told)
        log.warn({ err: error }, "Slack's tokens are in Vault, which does not give them yet; waiting");
      told = message;
    }
    await pause(tryAgainMs, signal);
  }
  return null;
}

async function fromVault(
  { vaultPath, mode }: Config["slack"],
  vault: { read(path: string): Promise<unknown> },
): Promise<SlackTokens> {
  const { mount, path } = vaultPath ?? { mount: "", path: "" };
  const { success, data } = secret.safeParse(await vault.read(`${mount}/data/${path}`));
  if (!success) throw incomplete(`${mount}/${path}`, "bot_token");
  const { bot_token, signing_secret = null, app_token = null } = data.data.data;
  if (mode === "http" && signing_secret === null) throw incomplete(`${mount}/${path}`, "signing_secret");
  if (mode === "socket" && app_token === null) throw incomplete(`${mount}/${path}`, "app_token");
  return { botToken: bot_token, signingSecret: signing_secret, appToken: app_token };
}

function incomplete(where: string, field: string): Failure {
  return new Failure(
    "slack-tokens-missing",
    `Vault's ${where} has no ${field}`,
    `bao kv put ${where} bot_token=… signing_secret=… (and app_token=… for mode socket)`,
  );
}
