import { z } from "zod";
import { complaints } from "../complaints.ts";
import { type Refusal, type Reply, refuse, refuseFor } from "../refusal.ts";
import type { Workspace } from "../workspace.ts";

/** One method of the Web API, as the dispatcher sees it. */
export interface Method {
  token: "bot" | "app";
  perMinute: number;
  answer(raw: Record<string, unknown>, workspace: Workspace): Reply | RateLimited;
}

/** An answer that becomes HTTP status 429. */
export interface RateLimited {
  ok: false;
  error: "ratelimited";
  retryAfter: number;
}

interface Definition<Args extends z.ZodType> {
  args: Args;
  /** Calls in a minute, from Slack's tiers. */
  perMinute: number;
  token?: "bot" | "app";
  /** The scope that this call needs. */
  scope?: string | ((args: z.infer<Args>) => string);
  handle: (args: z.infer<Args>, workspace: Workspace) => Reply | RateLimited;
}

/** A method: its arguments are checked strictly, then its scope, then it is done. */
export function method<Args extends z.ZodType>(definition: Definition<Args>): Method {
  const { args, perMinute, token = "bot", scope, handle } = definition;
  return {
    token,
    perMinute,
    answer(raw, workspace) {
      const parsed = args.safeParse(raw);
      if (!parsed.success) return refuseFor("invalid_arguments", complaints(parsed.error, raw, ""));
      const needed = typeof scope === "function" ? scope(parsed.data) : scope;
      const missing = needed === undefined ? null : missingScope(needed, workspace);
      return missing ?? handle(parsed.data, workspace);
    },
  };
}

function missingScope(needed: string, { manifest }: Workspace): Refusal | null {
  if (manifest.scopes.has(needed)) return null;
  return refuse("missing_scope", { needed, provided: [...manifest.scopes].join(",") });
}

/** A boolean, which form bodies carry as text. */
export const flag = z.union([z.boolean(), z.stringbool()]).optional();
/** How many to give on a page. */
export const limit = (most: number) => z.coerce.number().int().min(1).max(most).optional();

export interface Page<T> {
  items: T[];
  /** Empty at the end, as Slack has it. */
  next: string;
}

/** One page of a list, or null for a cursor that was never given. */
export function page<T>(list: T[], size: number, cursor: string | undefined): Page<T> | null {
  const from = cursor ? /^from:(\d+)$/.exec(Buffer.from(cursor, "base64").toString())?.[1] : "0";
  if (from === undefined || Number(from) > list.length) return null;
  const end = Number(from) + size;
  return {
    items: list.slice(Number(from), end),
    next: end < list.length ? Buffer.from(`from:${end}`).toString("base64") : "",
  };
}
