#!/usr/bin/env node
import { request } from "node:http";
import { userInfo } from "node:os";
import { parseArgs, styleText } from "node:util";
import { z } from "zod";
import { operatorSocket } from "./config.ts";
import type { Refusal } from "./domain/refusal.ts";
import { visible } from "./domain/visible.ts";
import { endWith } from "./end-with.ts";
import { Failure } from "./errors.ts";
import type { Outcome } from "./operations/command.ts";
import type { Command } from "./operations/verbs.ts";
import { helpText, renderRefusal, renderText } from "./terminal.ts";
import type { Paint } from "./terminal.ts";

const help = `certops: ask the running bot from a terminal

  npm run certops -- [--socket PATH] [--json] <command>

  --socket PATH  the bot's socket; otherwise bot.sock in the data folder of the certops.yaml that CERTOPS_CONFIG names
  --dry-run      of renew: show what would be asked for, and ask for nothing
  --json         print the answer as JSON
  --help         this

  certops audit verify|export: the record of what happened, on the bot's own host (certops audit --help)

Exit status: 0 answered, 1 refused, 2 the bot could not be asked.
`;

const answerSchema = z.object({ ok: z.boolean(), text: z.string(), data: z.unknown() });
const problemSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout, validateStream: true });

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  if (firstWord(given) === "audit") {
    const { auditCommand } = await import("./audit-command.ts");
    return auditCommand(given, { socket: operatorSocket, paint });
  }
  const { values, positionals } = options();
  if (values.help || positionals.length === 0) {
    const all = (["/cert", "/approvals", "/mesh", "/firewall"] as const).map((command) =>
      helpText(command, undefined, paint),
    );
    process.stdout.write(`${[help, ...all].join("\n")}\n`);
    return values.help ? 0 : 2;
  }
  const socket = values.socket ?? operatorSocket();
  const [command, args] = typed(positionals);
  const body = await post(socket, `/v1${command}`, {
    body: { args: values["dry-run"] ? [...args, "--dry-run"] : args, user: `operator:${userInfo().username}` },
    waitMs: command === "/firewall" ? longestWaitAtGateMs : longestWaitMs,
  });
  const answer = answerSchema.safeParse(body);
  if (!answer.success) {
    const { code, message, hint } = problemSchema.parse(body);
    throw new Failure(code, message, hint);
  }
  const { ok, data } = answer.data;
  if (values.json) process.stdout.write(`${JSON.stringify(data)}\n`);
  else
    process.stdout.write(
      `${ok ? renderText(data as Outcome, Date.now(), paint) : renderRefusal(data as Refusal, paint)}\n`,
    );
  const understood = !isUnknownVerb(data as Outcome | Refusal);
  return ok && understood ? 0 : 1;
}

/** Before it is known which options there are. */
const firstWord = (args: string[]) =>
  parseArgs({ args, strict: false, allowPositionals: true, options: { socket: { type: "string" } } }).positionals[0];

/** `certops mesh …` is what Slack has as `/mesh …`, and so are the other commands by name; everything else is `/cert …`. */
function typed([first = "", ...rest]: string[]): [Command, string[]] {
  if (first === "mesh" || first === "firewall" || first === "approvals") return [`/${first}`, rest];
  return ["/cert", [first, ...rest]];
}

const isUnknownVerb = (data: Outcome | Refusal) => "kind" in data && data.kind === "help" && data.unknown !== undefined;

/** What others wrote must not steer the terminal. */
const harmless = (_key: string, value: unknown) => (typeof value === "string" ? visible(value) : value);

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        socket: { type: "string" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(".")[0] ?? "") : "an option is not understood";
    throw new Failure("bad-option", message, "certops --help lists them", { cause });
  }
}

const longestWaitMs = 15_000;
/** Of a firewall request the plan is asked for first, and others may be at the gate. */
const longestWaitAtGateMs = 75_000;

function post(socketPath: string, path: string, { body, waitMs }: { body: object; waitMs: number }): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const asked = request({ socketPath, path, method: "POST", signal: AbortSignal.timeout(waitMs) }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => (text += chunk));
    response.on("end", () => resolve(JSON.parse(text, harmless)));
    response.on("error", reject);
  });
  asked.on("error", (cause) => reject(unreachable(socketPath, cause)));
  asked.end(JSON.stringify(body));
  return promise;
}

function unreachable(socketPath: string, cause: Error): Failure {
  const code = "code" in cause ? cause.code : "";
  if (code === "EACCES") {
    return new Failure("not-allowed", `you may not open ${socketPath}`, "be the user the bot runs as", { cause });
  }
  if (cause.name === "AbortError" || cause.name === "TimeoutError") {
    return new Failure("no-answer", `the bot at ${socketPath} did not answer in time`, "look at its log", { cause });
  }
  return new Failure("no-bot", `no bot listens at ${socketPath}`, "start it, or name another one by --socket PATH", {
    cause,
  });
}

// Who reads it, such as `head`, may have read enough.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  process.exitCode = await main();
} catch (error) {
  endWith(error);
}
