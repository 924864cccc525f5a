import { type IncomingMessage, request as send } from "node:http";
import { json } from "node:stream/consumers";

/** One request over a unix socket, JSON both ways. Rejects when nobody answers within `deadlineMs`. */
export async function askSocket(
  socketPath: string,
  request: { method: "GET" | "POST"; path: string; body?: unknown },
  deadlineMs: number,
): Promise<{ status: number; body: unknown }> {
  const { method, path, body } = request;
  const headers = { "content-type": "application/json" };
  const options = { socketPath, method, path, headers, agent: false, signal: AbortSignal.timeout(deadlineMs) };
  const response = await new Promise<IncomingMessage>((answered, failed) => {
    send(options, answered)
      .on("error", failed)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
  return { status: response.statusCode ?? 0, body: await json(response) };
}
