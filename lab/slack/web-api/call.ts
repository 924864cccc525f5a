import { TEAM } from "../directory.ts";
import { jsonOrNull } from "../json.ts";
import { type Reply, refuse } from "../refusal.ts";
import { sameSecret } from "../signing.ts";
import type { Workspace } from "../workspace.ts";
import type { Method, RateLimited } from "./method.ts";

export interface Tokens {
  bot: string;
  app?: string;
}

export interface ApiCall {
  name: string;
  contentType: string | undefined;
  body: string;
  /** The token of the Authorization header. */
  bearer: string | undefined;
}

/** Answers one call to the Web API: who calls, what with, how often, and then the method itself. */
export function answerCall(
  { name, contentType, body, bearer }: ApiCall,
  { methods, tokens, workspace }: { methods: Record<string, Method>; tokens: Tokens; workspace: Workspace },
): Reply | RateLimited {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) return refuse("unknown_method", { req_method: name });
  const read = readArguments(contentType, body);
  if (!read.ok) return read;
  // Slack's own SDK names the workspace in every call.
  const { token: inBody, team_id = TEAM.id, ...args } = read.args;
  const token = bearer ?? (typeof inBody === "string" ? inBody : undefined);
  const denied = token === undefined ? "not_authed" : refusalOf(token, method.token, tokens);
  if (denied) return refuse(denied);
  if (team_id !== TEAM.id) return refuse("team_access_not_granted");
  const wait = workspace.rates.take(name, { burst: method.perMinute, perSecond: method.perMinute / 60 });
  if (wait !== null) return { ok: false, error: "ratelimited", retryAfter: wait };
  return method.answer(args, workspace);
}

function refusalOf(token: string, wanted: "bot" | "app", { bot, app }: Tokens): string | null {
  const isBot = sameSecret(token, bot);
  const isApp = app !== undefined && sameSecret(token, app);
  if (!isBot && !isApp) return "invalid_auth";
  return (wanted === "bot") === isBot ? null : "not_allowed_token_type";
}

function readArguments(
  contentType: string | undefined,
  body: string,
): { ok: true; args: Record<string, unknown> } | ReturnType<typeof refuse> {
  if (body === "") return { ok: true, args: {} };
  const [type = "", parameters = ""] = (contentType ?? "").split(/;\s*/, 2);
  if (type === "") return refuse("missing_post_type");
  const charset = /charset=("?)([\w-]+)\1/i.exec(parameters)?.[2]?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8") return refuse("invalid_charset");
  if (type === "application/x-www-form-urlencoded") {
    return { ok: true, args: Object.fromEntries(new URLSearchParams(body)) };
  }
  if (type !== "application/json") return refuse("invalid_post_type");
  const args = jsonOrNull(body);
  const isObject = typeof args === "object" && args !== null && !Array.isArray(args);
  return isObject ? { ok: true, args: { ...args } } : refuse("invalid_json");
}
