import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { readManifest } from "./manifest.ts";
import { startStandIn } from "./stand-in.ts";

const MANIFEST = path.join(import.meta.dirname, "../../bot/slack-manifest.yaml");

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535),
  BOT_URL: z.url(),
  SIGNING_SECRET_FILE: z.string().min(1),
  BOT_TOKEN_FILE: z.string().min(1),
  APP_TOKEN_FILE: z.string().min(1).optional(),
  CONSOLE_TOKEN_FILE: z.string().min(1),
  MANIFEST_FILE: z.string().min(1).default(MANIFEST),
  RATE_LIMITS: z.enum(["on", "off"]).default("on"),
});

async function main(): Promise<void> {
  const env = environment.safeParse(process.env);
  if (!env.success) {
    throw new Problem("ENVIRONMENT", "The stand-in's environment is incomplete.", z.prettifyError(env.error));
  }
  const { PORT, BOT_URL, SIGNING_SECRET_FILE, BOT_TOKEN_FILE, APP_TOKEN_FILE, CONSOLE_TOKEN_FILE } = env.data;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await using standIn = await startStandIn({
    port: PORT,
    botUrl: BOT_URL,
    signingSecret: secret(SIGNING_SECRET_FILE),
    tokens: { bot: secret(BOT_TOKEN_FILE), ...(APP_TOKEN_FILE ? { app: secret(APP_TOKEN_FILE) } : {}) },
    consoleToken: secret(CONSOLE_TOKEN_FILE),
    manifest: readManifest(env.data.MANIFEST_FILE),
    rateLimits: env.data.RATE_LIMITS === "on",
  });
  console.log(JSON.stringify({ at: new Date().toISOString(), event: "listening", url: standIn.url }));
  const { promise, resolve } = Promise.withResolvers<void>();
  stop.signal.addEventListener("abort", () => resolve());
  if (!stop.signal.aborted) await promise;
}

function secret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new Problem(
      "SECRET_UNREADABLE",
      `The secret in ${file} cannot be read.`,
      "Start the stand-in through the lab, which writes it.",
      { cause },
    );
  }
  if (text === "") {
    throw new Problem(
      "SECRET_EMPTY",
      `The secret in ${file} is empty.`,
      "Start the stand-in through the lab, which writes it.",
    );
  }
  return text;
}

try {
  await main();
} catch (problem) {
  const { code = "FAILED", message, hint } = problem as Partial<Problem> & Error;
  console.error([`${code}: ${message}`, hint].filter(Boolean).join("\n"));
  process.exitCode = 2;
}
