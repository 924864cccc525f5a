import type { Dispatcher } from "undici";
import type { Result } from "./peer.ts";

/** One request for the first page of whoever answers at `origin`, asked for by name; never rejects. */
export async function get(dispatcher: Dispatcher, origin: string, name: string, deadlineMs: number): Promise<Result> {
  try {
    const { statusCode, body } = await dispatcher.request({
      origin,
      path: "/",
      method: "GET",
      headers: { host: name },
      signal: AbortSignal.timeout(deadlineMs),
    });
    return { status: statusCode, body: await body.text() };
  } catch (error) {
    const { code, name: kind } = error as NodeJS.ErrnoException;
    return { code: kind === "TimeoutError" ? "TIMEOUT" : String(code ?? kind) };
  }
}
