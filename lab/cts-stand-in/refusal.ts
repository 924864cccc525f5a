import type { NextFunction, Request, Response } from "express";
import { messageOf } from "./events.ts";

/**
 * How CTS tells a refusal depends on who refuses: its older calls leave the request's id out, its newer ones give it, and
 * what its schema refuses is JSON that calls itself plain text.
 */
type Manner = "older" | "newer" | "schema";

export class Refusal extends Error {
  readonly status: number;
  readonly manner: Manner;

  constructor(status: number, message: string, manner: Manner) {
    super(message);
    this.status = status;
    this.manner = manner;
  }
}

/** For an error middleware. What is no Refusal has failed on the way: 500. */
export function tellRefusal(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const { status, manner } = error instanceof Refusal ? error : { status: 500, manner: "newer" };
  const body = { error: { message: messageOf(error) }, ...(manner !== "older" && { request_id: requestId(response) }) };
  if (manner === "schema") {
    response.set({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    response.status(status).end(JSON.stringify(body));
  } else reply(response, status, body);
}

/** JSON as Go writes it, with a line end behind it. */
export function reply(response: Response, status: number, body: object): void {
  // Express would name a charset, which CTS does not.
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify(body)}\n`);
}

export function requestId(response: Response): string {
  return String(response.locals["requestId"]);
}
