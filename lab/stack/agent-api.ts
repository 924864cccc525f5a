import { type Agent, request } from "undici";
import { Problem } from "../../vault-config/problem.ts";

/** How long an agent may take to answer. */
export const DEADLINE_MS = 10_000;

/** Whose agent it is, and how that is told who asks. */
interface Maker {
  title: "Consul" | "Nomad";
  tokenHeader: string;
}

interface Call {
  method: string;
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Nobody's when left out. */
  token?: string | undefined;
  signal: AbortSignal;
}

/**
 * One call of an agent's HTTPS API: JSON, or null for 404, and the headers that came with it. Throws a `Problem` when the
 * agent refuses or does not answer.
 */
export async function callAgent(
  { title, tokenHeader }: Maker,
  { address, connections }: { address: string; connections: Agent },
  { method, path, body, token, signal }: Call,
): Promise<{ answer: unknown; headers: Record<string, string | string[] | undefined> }> {
  const code = title.toUpperCase();
  const {
    statusCode,
    headers,
    body: sent,
  } = await request(`${address}${path}`, {
    dispatcher: connections,
    method,
    headers: token === undefined ? {} : { [tokenHeader]: token },
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Problem(`${code}_DOWN`, `${title} does not answer at ${address}.`, "npm run lab -- status", { cause });
  });
  const text = await sent.text();
  if (statusCode === 404) return { answer: null, headers };
  if (statusCode < 300) return { answer: text === "" ? null : JSON.parse(text), headers };
  throw new Problem(
    `${code}_REFUSED`,
    `${title} refused ${method} ${path.split("?")[0]}: ${text.trim() || statusCode}`,
    "Its logs are in the lab's folder, under logs/.",
  );
}
