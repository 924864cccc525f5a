import { Client } from "undici";

/** One request over a unix socket, JSON both ways. Rejects when nobody answers within `deadlineMs`. */
export async function askSocket(
  socketPath: string,
  request: { method: "GET" | "POST"; path: string; body?: unknown },
  deadlineMs: number,
): Promise<{ status: number; body: unknown }> {
  const client = new Client("http://localhost", { socketPath, headersTimeout: deadlineMs, bodyTimeout: deadlineMs });
  try {
    const { statusCode, body } = await client.request({
      method: request.method,
      path: request.path,
      headers: { "content-type": "application/json" },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal: AbortSignal.timeout(deadlineMs),
    });
    return { status: statusCode, body: await body.json() };
  } finally {
    await client.destroy();
  }
}
