import { request } from "undici";
import { z } from "zod";
import { Failure } from "../../errors.ts";
import { jsonOrNull } from "../../domain/json.ts";
import { identityAgent, type OwnIdentity, untrusted } from "../identity-agent.ts";
import { causeOf } from "../unreachable.ts";

/** A prober or the router's reader: for the words of a failure. */
export interface Guarded {
  /** First half of a failure's code. */
  kind: "prober" | "router";
  /** For example `the prober of application`. */
  name: string;
  /** `https://host:port`. */
  address: string;
  /** Where certops.yaml names it. */
  setting: string;
}

export interface GuardedAsked {
  method: "GET" | "PUT" | "POST" | "DELETE";
  path: string;
  body?: object;
  deadlineMs: number;
}

export interface GuardedReply {
  status: number;
  body: unknown;
}

export interface GuardedClient {
  /** Whatever was answered, but a refusal of this caller. Throws `<kind>-down`, `<kind>-denied` or `<kind>-ca-missing`. */
  ask(asked: GuardedAsked): Promise<GuardedReply>;
}

/** Over mTLS, each request over a handshake of its own; the pair is read again when its file has changed. */
export function guardedClient(guarded: Guarded, files: OwnIdentity): GuardedClient {
  const agentNow = identityAgent(
    files,
    { connectMs },
    () =>
      new Failure(
        `${guarded.kind}-ca-missing`,
        `The roots in ${files.caFile} cannot be read, so nothing of ${guarded.name} would be trusted.`,
        "Check identity.caFile in certops.yaml.",
      ),
  );

  return {
    async ask({ method, path, body, deadlineMs }) {
      const dispatcher = await agentNow();
      let reply: GuardedReply;
      try {
        const { statusCode, body: answer } = await request(new URL(path, guarded.address), {
          dispatcher,
          method,
          signal: AbortSignal.timeout(deadlineMs),
          ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        });
        reply = { status: statusCode, body: jsonOrNull(await answer.text()) };
      } catch (error) {
        throw unreachable(error, guarded, deadlineMs);
      }
      if (notItsCaller.safeParse(reply.body).success) throw denied(guarded, saidBy(reply));
      return reply;
    },
  };
}

/** In the words of who answered. */
export function saidBy({ status, body }: GuardedReply): string {
  return errorBody.safeParse(body).data?.error ?? `status ${status}`;
}

const connectMs = 3_000;
const notItsCaller = z.object({ code: z.literal("caller") });
const errorBody = z.object({ error: z.string() });

function denied({ kind, name, address }: Guarded, said: string): Failure {
  return new Failure(
    `${kind}-denied`,
    `${capital(name)} at ${address} does not answer this bot: ${said}.`,
    "Set its CALLER to the name in the bot's certificate.",
  );
}

function unreachable(error: unknown, { kind, name, address, setting }: Guarded, deadlineMs: number): Failure {
  const causes: Record<string, [cause: string, hint: string]> = {
    ECONNREFUSED: ["nothing listens there", `Start it, or correct ${setting} in certops.yaml.`],
    TimeoutError: [`no answer within ${deadlineMs / 1_000} s`, "See whether it is stuck: its log."],
    UND_ERR_CONNECT_TIMEOUT: ["no connection in time", "See whether a firewall is in the way."],
    ENOTFOUND: ["its name does not resolve", `Correct ${setting} in certops.yaml, or DNS.`],
    CERT_HAS_EXPIRED: ["its certificate has expired", "See whether its agent runs and reaches Vault."],
    ERR_TLS_CERT_ALTNAME_INVALID: [
      "its certificate does not carry that name or address",
      `Issue it for the host that stands in ${setting}.`,
    ],
    // A certificate that does not hold is not answered, only hung up on.
    ECONNRESET: hungUp,
    UND_ERR_SOCKET: hungUp,
  };
  const [cause, hint] = causeOf(error, causes, { untrusted, log: "Look at its log." });
  return new Failure(`${kind}-down`, `${capital(name)} at ${address} cannot be reached: ${cause}.`, hint, {
    cause: error,
  });
}

const hungUp: [cause: string, hint: string] = [
  "it hung up during the handshake",
  "See in its log what it disliked in the bot's certificate: identity.identityFile may be missing or expired.",
];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
