import type { Request, Response } from "express";
import type { Feed } from "../feed.ts";

const HEARTBEAT_MS = 15_000;

/** Server-sent events of the workspace, from now on. */
export function streamEvents(feed: Feed, request: Request, response: Response): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": connected\n\n");
  const unsubscribe = feed.subscribe((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
  const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT_MS);
  request.once("close", () => {
    unsubscribe();
    clearInterval(heartbeat);
  });
}
