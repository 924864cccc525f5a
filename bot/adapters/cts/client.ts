import { Agent, request } from "undici";
import { Failure } from "../../errors.ts";
import { orAborted } from "../or-aborted.ts";
import { identityAgent, type OwnIdentity, untrusted } from "../identity-agent.ts";
import { causeOf } from "../unreachable.ts";

/** The identity is not looked at for plain HTTP. */
export type CtsAccess = OwnIdentity & { address: string };

export interface CtsAsked {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: object;
  deadlineMs: number;
  signal?: AbortSignal;
}

export interface CtsReply {
  status: number;
  body: unknown;
}

export interface CtsClient {
  /** Whatever was answered. Throws `cts-down` when nothing was, also for want of time; a caller that gives up aborts a run. */
  ask(asked: CtsAsked): Promise<CtsReply>;
}

/** Consul-Terraform-Sync's API over mTLS: the pair is read again when its file has changed. */
export function ctsClient({ address, ...files }: CtsAccess): CtsClient {
  // It works for as long as Terraform does before it answers.
  const patient = { headersTimeout: 0, bodyTimeout: 0 };
  const overTls = identityAgent(
    files,
    { connectMs, ...patient },
    () =>
      new Failure(
        "cts-ca-missing",
        `The roots in ${files.caFile} cannot be read, so nothing of CTS would be trusted.`,
        "Check identity.caFile in certops.yaml.",
      ),
  );
  const plain = new Agent({ connect: { timeout: connectMs }, ...patient });
  const agentNow = () => (address.startsWith("https:") ? overTls() : plain);

  return {
    async ask({ method, path, body, deadlineMs, signal }) {
      const dispatcher = await agentNow();
      const late = AbortSignal.timeout(deadlineMs);
      const both = signal ? AbortSignal.any([late, signal]) : late;
      const exchange = async (): Promise<CtsReply> => {
        const reply = await request(new URL(path, address), {
          dispatcher,
          method,
          signal: both,
          ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        });
        return { status: reply.statusCode, body: jsonOr(await reply.body.text()) };
      };
      try {
        return await orAborted(both, exchange());
      } catch (error) {
        throw unreachable(error, { address, method, path, deadlineMs });
      }
    },
  };
}

const connectMs = 5_000;

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(error: unknown, { address, method, path, deadlineMs }: CtsAsked & { address: string }): Failure {
  const causes: Record<string, [cause: string, hint: string]> = {
    ECONNREFUSED: ["nothing listens there", "Start CTS, or correct firewall.cts.address in certops.yaml."],
    TimeoutError: [
      `no answer to ${method} ${path} within ${deadlineMs / 1_000} s`,
      "See whether CTS is stuck: its log.",
    ],
    UND_ERR_CONNECT_TIMEOUT: ["no connection in time", "See whether a firewall is in the way."],
    ENOTFOUND: ["its name does not resolve", "Correct firewall.cts.address in certops.yaml, or DNS."],
    CERT_HAS_EXPIRED: [
      "its certificate has expired",
      "CTS reads its pair once: restart it after its agent has renewed it.",
    ],
  };
  const [cause, hint] = causeOf(error, causes, { untrusted, log: "Look at CTS's log." });
  return new Failure("cts-down", `CTS at ${address} cannot be reached: ${cause}.`, hint, { cause: error });
}
