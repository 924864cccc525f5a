import { Agent, request } from "undici";
import type { Leaf, TestPki } from "./test-pki.ts";

export interface Answered {
  status: number;
  body: unknown;
}

/** Asks once over mTLS, showing that certificate, or none. */
export async function askAs(
  { pki, leaf }: { pki: TestPki; leaf: Leaf | null },
  url: string,
  {
    method = "GET",
    body,
  }: { method?: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "PATCH" | "OPTIONS"; body?: unknown } = {},
): Promise<Answered> {
  const connect = { ca: pki.root, ...(leaf && { key: leaf.key, cert: leaf.chain }) };
  await using dispatcher = disposed(new Agent({ connect }));
  const json = body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await request(url, { dispatcher, method, ...json, signal: AbortSignal.timeout(15_000) });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text === "" ? null : JSON.parse(text) };
}

function disposed(agent: Agent): Agent & AsyncDisposable {
  return Object.assign(agent, { [Symbol.asyncDispose]: () => agent.destroy() });
}
