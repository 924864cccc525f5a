import { timingSafeEqual } from "node:crypto";
import type { NextFunction, Request, RequestHandler, Response } from "express";

export const TOKEN_HEADER = "x-console-token";

/**
 * Keeps other websites from clicking Approve. A foreign page can make this browser send requests here, under our
 * address or (by DNS rebinding) under its own name; it can neither forge Host and Origin nor read the page's token.
 */
export function guard({ port, token }: { port: () => number; token: string }): RequestHandler {
  return (request, response, next) => {
    const origins = ["localhost", "127.0.0.1"].map((name) => `http://${name}:${port()}`);
    const { host, origin } = request.headers;
    if (!origins.includes(`http://${host}`)) {
      return refuse(
        response,
        "CONSOLE_HOST",
        `This console does not answer to the host name "${host ?? ""}".`,
        `Open ${origins[0]}.`,
      );
    }
    if (origin !== undefined && !origins.includes(origin)) {
      return refuse(
        response,
        "CONSOLE_ORIGIN",
        `A page from ${origin} may not use this console.`,
        `Open ${origins[0]} itself.`,
      );
    }
    if (changesSomething(request) && !(origin !== undefined && sameToken(request, token))) {
      const hint = "Reload the console: its token changes when the lab starts again.";
      return refuse(response, "CONSOLE_TOKEN", "Only the console's own page may do this.", hint);
    }
    harden(response, next);
  };
}

const changesSomething = ({ method }: Request) => method !== "GET" && method !== "HEAD";

function sameToken(request: Request, token: string): boolean {
  const given = Buffer.from(request.get(TOKEN_HEADER) ?? "");
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refuse(response: Response, code: string, message: string, hint: string): void {
  response.status(403).json({ code, message, hint });
}

function harden(response: Response, next: NextFunction): void {
  response.set({
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  next();
}
