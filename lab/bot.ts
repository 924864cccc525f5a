import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../vault-config/problem.ts";
import { eventually } from "./eventually.ts";
import type { LabState } from "./state.ts";
import type { ChildSpec } from "./supervise.ts";
import { askSocket } from "./unix-http.ts";

const BOT_MAIN = join(import.meta.dirname, "../bot/main.ts");
const ASK_MS = 2_000;
const RELEASE_MS = 20_000;

const statusSchema = z.object({ ready: z.boolean(), renewals: z.array(z.unknown()), frozen: z.array(z.string()) });
const refusalSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/** The bot as a user would run it: with its certops.yaml and nothing else. */
export function botSpec(state: LabState): ChildSpec {
  return {
    name: "bot",
    command: process.execPath,
    args: [BOT_MAIN],
    log: join(state.dir, "logs", "bot.log"),
    env: { CERTOPS_CONFIG: state.files.certopsYaml },
    ready: (signal) =>
      eventually(
        "the bot to be healthy",
        async () => {
          const { ok } = await fetch(`${state.urls.bot}/healthz`, { signal: AbortSignal.timeout(ASK_MS) });
          return ok ? true : null;
        },
        signal,
      ).then(() => {}),
  };
}

/** As the bot itself tells: how many renewals are under way, and which services are frozen ("*" for all). */
export async function botStatus(state: LabState): Promise<{ ready: boolean; renewals: number; frozen: string[] }> {
  const { body } = await askSocket(state.files.botSocket, { method: "GET", path: "/v1/status" }, ASK_MS);
  const { ready, renewals, frozen } = statusSchema.parse(body);
  return { ready, renewals: renewals.length, frozen };
}

/** Keeps the bot from renewing these services until disposed of; refuses with the bot's own sentence while it renews one. */
export async function holdRenewals(state: LabState, services: string[], reason: string): Promise<AsyncDisposable> {
  await using held = new AsyncDisposableStack();
  for (const service of services) {
    const { status, body } = await ask(state, "/v1/hold", { service, reason }).catch((error: unknown) => {
      // The answer is lost, the hold perhaps is not.
      void release(state, service).catch(() => {});
      throw error;
    });
    if (status !== 200) {
      const { code, message, hint } = refusalSchema.parse(body);
      throw new Problem(code, message, hint);
    }
    held.defer(() => release(state, service));
  }
  return held.move();
}

/** Asked until it succeeds: a bot that was just started again must not stay frozen. */
async function release(state: LabState, service: string): Promise<void> {
  await eventually(
    `the bot to take up ${service} again`,
    async () => ((await ask(state, "/v1/release", { service })).status === 200 ? true : null),
    AbortSignal.timeout(RELEASE_MS),
    500,
  );
}

async function ask(state: LabState, path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  return askSocket(state.files.botSocket, { method: "POST", path, body }, ASK_MS).catch((cause: unknown) => {
    throw new Problem("BOT_SILENT", "The bot does not answer.", "See what ails it: npm run lab -- status", { cause });
  });
}
