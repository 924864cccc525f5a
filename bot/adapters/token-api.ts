import { Agent, request } from "undici";
import { z } from "zod";
import { Failure } from "../errors.ts";
import { orAborted } from "./or-aborted.ts";
import { fileOr, type HeldToken, heldToken } from "./secret-file.ts";
import { type System, unreachable } from "./unreachable.ts";

// Consul's and Nomad's HTTP APIs are of one make: a token in a header, JSON, blocking queries by an index.

export interface TokenSystem extends System {
  tokenHeader: string;
}

export interface TokenAccess {
  address: string;
  /** The PEM file of the roots that sign its certificate; read again after a failure. Not looked at for plain HTTP. */
  caFile: string;
  /** Rendered by the bot's agent; read again when what it held was refused. */
  tokenFile: string;
  /** For each request that does not bring its own. */
  deadlineMs?: number;
}

export interface Asked {
  method: "GET" | "PUT";
  /** With its query. */
  path: string;
  body?: object;
  deadlineMs?: number;
  /** Gives up before the deadline. */
  signal?: AbortSignal;
}

/** `index`: what the answer stood at, for a blocking query; null where none was given. */
export interface Reply {
  status: number;
  text: string;
  index: number | null;
}

export interface TokenApi {
  /** Whatever was answered but a refusal of the token, 403, which is thrown as `denied` has it. */
  ask(asked: Asked): Promise<Reply>;
}

/**
 * Fails with `<system>-down`, `<system>-token-missing` or `<system>-ca-missing`, and with what `denied` makes of a 403
 * also after the token was read again.
 */
export function tokenApi(
  system: TokenSystem,
  { address, caFile, tokenFile, deadlineMs = 5_000 }: TokenAccess,
  denied: (asked: Asked, text: string) => Failure,
): TokenApi {
  let connected: Promise<Agent> | null = null;
  const token = tokenOf(system, tokenFile);

  const connect = async (): Promise<Agent> => {
    const timeout = deadlineMs;
    if (!address.startsWith("https:")) return new Agent({ connect: { timeout } });
    const hint = `Check ${system.key}.caFile in certops.yaml.`;
    return new Agent({ connect: { timeout, ca: await fileOr(caFile, `${system.key}-ca-missing`, hint) } });
  };

  /** Once: its roots may have been replaced meanwhile, and what others ask over it goes on. */
  const disconnect = (failed: Promise<Agent>): void => {
    if (connected === failed) connected = null;
    void failed.then((agent) => agent.close()).catch(() => {});
  };

  const attempt = async (asked: Asked, used: string): Promise<Reply> => {
    const connection = (connected ??= connect());
    const late = AbortSignal.timeout(asked.deadlineMs ?? deadlineMs);
    const signal = asked.signal ? AbortSignal.any([late, asked.signal]) : late;
    try {
      return await orAborted(signal, exchange(await connection, asked, used, signal));
    } catch (error) {
      if (asked.signal?.aborted !== true) disconnect(connection);
      throw error instanceof Failure ? error : unreachable(system, error, address);
    }
  };

  const exchange = async (dispatcher: Agent, asked: Asked, used: string, signal: AbortSignal): Promise<Reply> => {
    const { method, path, body } = asked;
    const reply = await request(new URL(path, address), {
      dispatcher,
      method,
      headers: { [system.tokenHeader]: used, ...(body && { "content-type": "application/json" }) },
      body: body ? JSON.stringify(body) : null,
      // A blocking query is silent for longer than undici waits for headers; the deadline is ours.
      headersTimeout: 0,
      signal,
    });
    const index = Number(reply.headers[`x-${system.key}-index`]);
    return { status: reply.statusCode, text: await reply.body.text(), index: index > 0 ? index : null };
  };

  return {
    ask: (asked) =>
      token.use(async (used) => {
        const reply = await attempt(asked, used);
        if (reply.status === 403) throw denied(asked, reply.text);
        return reply;
      }),
  };
}

export function tokenOf({ key }: Pick<TokenSystem, "key">, tokenFile: string): HeldToken {
  return heldToken(tokenFile, {
    code: `${key}-token-missing`,
    hint: `The bot's Vault agent renders it: see ${key}.tokenFile in certops.yaml, and that agent's log.`,
    wasRefused: (error) => error instanceof Failure && error.code === `${key}-denied`,
  });
}

/** Without its query, as a person would name it. */
export const nameOf = ({ path }: Pick<Asked, "path">): string => (path.split("?")[0] ?? path).replace(/^\/v1\//, "");

/** What a reply says, as that shape; `path` names it in the Failure. */
export function parsed<T>(
  { key, name }: TokenSystem,
  shape: z.ZodType<T>,
  { text }: Pick<Reply, "text">,
  path: string,
): T {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Failure(
      `${key}-odd`,
      `What answers in ${name}'s place is not ${name}.`,
      `Check ${key}.address in certops.yaml.`,
    );
  }
  const { success, data, error } = shape.safeParse(found);
  if (success) return data;
  throw new Failure(
    `${key}-odd`,
    `What ${name} says of ${path} is not understood.`,
    `See which version of ${name} it is.`,
    {
      cause: error,
    },
  );
}
