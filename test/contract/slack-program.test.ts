import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../lab/slack/manifest.ts";
import { until } from "./slack-fixture.ts";

const PROGRAM = path.join(import.meta.dirname, "../../lab/slack/main.ts");

interface Program extends AsyncDisposable {
  child: ChildProcess;
  output: () => string;
}

type Change = (env: Record<string, string>) => Promise<void> | void;

/** `signal` kills it when a test runs out of time and never gets to dispose of it. */
async function start(signal: AbortSignal, change: Change = () => undefined): Promise<Program> {
  const folder = await mkdtemp(path.join(tmpdir(), "slack-program-"));
  const secrets = {
    SIGNING_SECRET_FILE: "s3cr3t-signing",
    BOT_TOKEN_FILE: "s3cr3t-bot",
    CONSOLE_TOKEN_FILE: "s3cr3t-console",
  };
  const env: Record<string, string> = { PORT: "0", BOT_URL: "http://127.0.0.1:9/slack/events" };
  for (const [name, secret] of Object.entries(secrets)) {
    env[name] = path.join(folder, name);
    await writeFile(env[name], `${secret}\n`, { mode: 0o600 });
  }
  await change(env);
  const child = spawn(process.execPath, [PROGRAM], { env, signal, stdio: ["ignore", "pipe", "pipe"] });
  child.on("error", () => undefined);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }
      await rm(folder, { recursive: true });
    },
  };
}

test("runs from its environment, takes the secrets from files, and ends cleanly on SIGTERM", async ({ signal }) => {
  await using program = await start(signal);
  const url = await until(() => /"url":"([^"]+)"/.exec(program.output())?.[1]);
  const health = await fetch(`${url}/healthz`);
  const headers = { authorization: "Bearer s3cr3t-console" };
  const workspace = await fetch(`${url}/workspace`, { headers });
  const events = await fetch(`${url}/workspace/events`, { headers });

  expect([await health.json(), workspace.status, events.status]).toEqual([{ status: "ok", standIn: true }, 200, 200]);
  expect(await workspace.json()).toMatchObject({ commands: ["/cert", "/approvals", "/mesh", "/firewall"] });
  const ended = once(program.child, "exit");
  program.child.kill("SIGTERM");

  expect(await ended).toEqual([0, null]);
  expect(program.output()).not.toContain("s3cr3t");
});

const broken: [string, Change, string][] = [
  ["a missing variable", (env) => void delete env["BOT_URL"], "ENVIRONMENT"],
  ["a missing secret", (env) => void (env["BOT_TOKEN_FILE"] += ".gone"), "SECRET_UNREADABLE"],
  ["an empty secret", (env) => writeFile(env["BOT_TOKEN_FILE"] ?? "", "\n"), "SECRET_EMPTY"],
  ["a missing manifest", (env) => void (env["MANIFEST_FILE"] = "/nowhere/manifest.yaml"), "MANIFEST_UNREADABLE"],
];

test.each(broken)("%s stops it with one clear sentence and a hint", async (_, change, code) => {
  await using program = await start(AbortSignal.timeout(25_000), change);

  const [status] = (await once(program.child, "close")) as [number];

  expect(status).toBe(2);
  const [first, hint] = program.output().split("\n");
  expect(first).toMatch(new RegExp(`^${code}: .+\\.$`));
  expect(hint).not.toBe("");
  expect(program.output()).not.toContain("    at ");
});

test("a taken port is said, with how to find who holds it", async ({ signal }) => {
  await using first = await start(signal);
  const url = await until(() => /"url":"([^"]+)"/.exec(first.output())?.[1]);
  const { port } = new URL(url);
  await using second = await start(signal, (env) => void (env["PORT"] = port));

  const [status] = (await once(second.child, "close")) as [number];

  expect(status).toBe(2);
  expect(second.output()).toMatch(new RegExp(`^PORT_TAKEN: .*${port}`));
});

test.each([
  ["no scopes", "features: {}\n"],
  [
    "commands without their scope",
    "features: { slash_commands: [{ command: /cert }] }\noauth_config: { scopes: { bot: [] } }\n",
  ],
])("a manifest with %s is not taken", (_, text) => {
  expect(() => parseManifest(text, "manifest.yaml")).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }));
});
