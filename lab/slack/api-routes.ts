import express, { type Request, type Response, Router } from "express";
import type { Fault } from "./faults.ts";
import { type Refusal, type Reply, refuse } from "./refusal.ts";
import { answer } from "./response-urls.ts";
import { bearerToken } from "./signing.ts";
import { app } from "./web-api/app.ts";
import { answerCall, type Tokens } from "./web-api/call.ts";
import { chat } from "./web-api/chat.ts";
import { files } from "./web-api/files.ts";
import { conversations } from "./web-api/conversations.ts";
import type { Method, RateLimited } from "./web-api/method.ts";
import { users } from "./web-api/users.ts";
import { views } from "./web-api/views.ts";
import type { Workspace } from "./workspace.ts";
import { jsonOrNull } from "./json.ts";

interface Options {
  workspace: Workspace;
  tokens: Tokens;
  socketUrl: () => string;
  /** Such as `http://127.0.0.1:3001`. */
  origin: () => string;
}

type Answer = { status: number; body: Reply | RateLimited };

/** What the bot calls: the Web API under `/api` and the response URLs it was given. */
export function apiRoutes({ workspace, tokens, socketUrl, origin }: Options): Router {
  const methods: Record<string, Method> = {
    ...app(socketUrl),
    ...chat,
    ...conversations,
    ...files((token) => `${origin()}/upload/${token}`),
    ...users,
    ...views,
  };
  const router = Router();
  router.use(["/api", "/response", "/upload"], express.raw({ type: () => true, limit: "1mb" }));

  router.post("/api/:method", (request, response) => {
    const name = String(request.params["method"]);
    send(name, request, response, () => {
      const call = { name, contentType: request.headers["content-type"], body: bodyOf(request) };
      const body = answerCall(
        { ...call, bearer: bearerToken(request.headers.authorization) },
        { methods, tokens, workspace },
      );
      return { status: body.error === "ratelimited" ? 429 : 200, body };
    });
  });

  router.post("/response/:token", (request, response) => {
    send("response_url", request, response, () => {
      const used = workspace.responseUrls.use(String(request.params["token"]));
      if (!used.ok) return { status: 404, body: used };
      const answered = answer(workspace.messages, used.occasion, jsonOrNull(bodyOf(request)));
      return answered.ok ? { status: 200, body: { ok: true } } : { status: 400, body: answered };
    });
  });

  // Whoever has the URL may send: Slack asks for no token here.
  router.post("/upload/:token", async (request, response) => {
    const file = await uploadIn(request);
    const taken = workspace.files.take(String(request.params["token"]), file);
    response.status(taken ? 200 : 400).send(taken ? `OK - ${file.bytes.length}` : "upload failed");
  });

  function send(method: string, request: Request, response: Response, work: () => Answer): void {
    const fault = workspace.faults.next(method);
    const { status, body } = faulty(fault) ?? work();
    const call = { at: workspace.now(), method, status, ok: body.ok, error: body.ok ? null : body.error };
    const unheard = fault !== undefined && fault.kind in withoutAnswer;
    workspace.feed.publish({ type: "call", call: unheard ? { ...call, ok: false, error: fault.kind } : call });
    if (unheard) return withoutAnswer[fault.kind]?.(request, response);
    if ("retryAfter" in body) response.setHeader("retry-after", String(body.retryAfter));
    const { retryAfter: _inHeader, ...shown } = body as Refusal;
    response.setHeader("x-oauth-scopes", [...workspace.manifest.scopes].join(","));
    response.status(status).json(shown);
  }
  return router;
}

/** The bytes alone, or a form with one file in it. */
async function uploadIn(request: Request): Promise<{ type: string; bytes: Buffer }> {
  const bytes: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const type = request.headers["content-type"] ?? "application/octet-stream";
  if (!type.startsWith("multipart/form-data")) return { type: kindOf(bytes), bytes };
  const form = await new globalThis.Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  const file = [...form.values()].find((value) => typeof value !== "string");
  const inside = file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
  return { type: kindOf(inside), bytes: inside };
}

/** Told by the bytes, as Slack does. */
const kindOf = (bytes: Buffer) =>
  bytes.subarray(0, 8).toString("hex") === "89504e470d0a1a0a" ? "image/png" : "application/octet-stream";

/** Faults in which the caller does not hear what became of its call. */
const withoutAnswer: Partial<Record<Fault["kind"], (request: Request, response: Response) => void>> = {
  drop: (request) => void request.socket.destroy(),
  lose_answer: (request) => void request.socket.destroy(),
  server_error: (_request, response) => void response.status(500).send("Internal Server Error"),
  hang: () => {},
};

function faulty(fault: Fault | undefined): Answer | null {
  switch (fault?.kind) {
    case "rate_limit":
      return { status: 429, body: { ok: false, error: "ratelimited", retryAfter: fault.retryAfter ?? 1 } };
    case "error":
      return { status: fault.method === "response_url" ? 404 : 200, body: refuse(fault.error ?? "internal_error") };
    case "drop":
      return { status: 0, body: refuse("drop") };
    case "lose_answer":
    case "server_error":
    case "hang":
    case undefined:
      return null;
  }
}

function bodyOf(request: Request): string {
  return Buffer.isBuffer(request.body) ? request.body.toString() : "";
}
