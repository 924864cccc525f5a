import type { ServerResponse } from "node:http";

/** Ends the response's connection with it, as long as its head was not sent. */
export function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
