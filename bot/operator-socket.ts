import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { linesOfAudit } from "./audit-lines.ts";
import type { Log } from "./domain/audit-chain.ts";
import { isRefusal } from "./domain/refusal.ts";
import type { Refusal } from "./domain/refusal.ts";
import { Failure } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Outcome } from "./operations/command.ts";
import type { Command } from "./operations/verbs.ts";
import { renderRefusal, renderText } from "./terminal.ts";

export interface OperatorNeeds {
  run(typed: { command: Command; args: string[]; user: string }): Promise<Outcome | Refusal>;
  /** Keeps work off a service while a case of the lab plays with it. */
  hold(wanted: { service: string; user: string; reason: string }): Promise<object | Refusal>;
  release(wanted: { scope: string; user: string }): Promise<boolean>;
  status(): Promise<object>;
  audit(): Promise<Log>;
  track: <T>(work: Promise<T>) => Promise<T>;
  clock: () => number;
  log: Logger;
}

// Whoever may open the socket is believed its name, but is never taken for somebody in Slack.
const operator = z.string().regex(/^operator:[\w.-]{1,64}$/);
const service = z.string().min(1).max(64);
const bodies = {
  command: z.object({ args: z.array(z.string().max(1_000)).max(100), user: operator }),
  hold: z.object({ service, reason: z.string().max(500), user: operator.default("operator:lab") }),
  release: z.object({ service, user: operator.default("operator:lab") }),
};

/** The operators' API on a unix socket only its owner may open. Every answer is JSON. */
export async function startOperatorSocket(path: string, needs: OperatorNeeds): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    needs.track(answer(needs, request, response)).catch((error: unknown) => {
      const problem = told(error);
      if (problem.code === "bad-request") return send(response, 400, problem);
      needs.log.error({ err: error, url: request.url }, "an operator's request could not be worked");
      send(response, 500, problem);
    });
  });
  // The store's lock says that no other bot is behind it: a socket that lies there was left by a kill.
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeIdleConnections();
      await once(server, "close");
    },
  };
}

async function answer(needs: OperatorNeeds, request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /v1/status":
      return send(response, 200, await needs.status());
    case "GET /v1/audit":
      return audit(await needs.audit(), response);
    case "POST /v1/cert":
      return run(needs, "/cert", await json(request), response);
    case "POST /v1/approvals":
      return run(needs, "/approvals", await json(request), response);
    case "POST /v1/mesh":
      return run(needs, "/mesh", await json(request), response);
    case "POST /v1/firewall":
      return run(needs, "/firewall", await json(request), response);
    case "POST /v1/hold": {
      const held = await needs.hold(bodies.hold.parse(await json(request)));
      return isRefusal(held) ? send(response, 409, held) : send(response, 200, { held: true });
    }
    case "POST /v1/release": {
      const wanted = bodies.release.parse(await json(request));
      return send(response, 200, { released: await needs.release({ scope: wanted.service, user: wanted.user }) });
    }
    default:
      return send(
        response,
        404,
        told(new Failure("not-found", `there is no ${request.method} ${request.url}`, "see bot/README.md")),
      );
  }
}

/** A reader that takes nothing any more is left. */
const unreadMs = 30_000;

async function audit({ written, rows }: Log, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/jsonl", "x-audit-written": String(written) });
  response.setTimeout(unreadMs, () => response.destroy());
  await pipeline(Readable.from(linesOfAudit(rows)), response).catch(() => response.destroy());
}

async function run(needs: OperatorNeeds, command: Command, body: unknown, response: ServerResponse): Promise<void> {
  const outcome = await needs.run({ command, ...bodies.command.parse(body) });
  return isRefusal(outcome)
    ? send(response, 200, { ok: false, text: renderRefusal(outcome), data: outcome })
    : send(response, 200, { ok: true, text: renderText(outcome, needs.clock()), data: outcome });
}

const longestBody = 100_000;

async function json(request: IncomingMessage): Promise<unknown> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > longestBody) throw new Failure("too-long", "the request is too long", "send less");
  }
  return JSON.parse(text);
}

function told(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof Failure) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    return { code: "bad-request", message: "the request is not understood", hint: error.message };
  }
  return { code: "unexpected", message: "something broke inside certops", hint: "its log has the details" };
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}
