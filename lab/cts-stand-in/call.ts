import type { Request, Response } from "express";
import { Refusal } from "./refusal.ts";

/** The task that a path names after `prefix`; empty when it names none. */
export function taskNameIn(request: Request): string {
  const path = decodeURIComponent(request.baseUrl + request.path);
  const name = decodeURIComponent(request.path).replace(/^\//, "");
  if (!name.includes("/")) return name;
  throw new Refusal(
    400,
    `unsupported path '${path}'. request must be format 'path/{task-name}'. task name cannot have '/ ' and api does not support further resources`,
    "older",
  );
}

/** All values of a parameter of the query; null when it is not there. */
export function parameter(request: Request, name: string): string[] | null {
  const value: unknown = request.query[name];
  if (value === undefined) return null;
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** JSON, or the fault in the words of Go. */
export function readJson(body: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    const first = body.trimStart()[0];
    if (first === undefined) return { fault: "unexpected end of JSON input" };
    if (!/[{["\-\dtfn]/.test(first)) return { fault: `invalid character '${first}' looking for beginning of value` };
    return { fault: "invalid JSON" };
  }
}

/** Aborts when the client does not wait for its answer: CTS then kills what it does for it. */
export function whileAwaited(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableEnded) gone.abort();
  });
  return gone.signal;
}
