import { once } from "node:events";
import { request } from "node:http";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse, stringify } from "yaml";
import { TiedProcess } from "./tied-process.ts";

const program = resolve(import.meta.dirname, "../../bot/main.ts");

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** One `bot/main.ts` as a process of its own. */
export class BotProcess extends TiedProcess<LogLine> {
  constructor(env: Record<string, string>) {
    super(program, env);
  }

  static async start(env: Record<string, string>): Promise<BotProcess> {
    const bot = new BotProcess(env);
    try {
      await bot.line("certops is up");
      return bot;
    } catch (error) {
      await bot[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first log line with that message; the test's own time-out bounds it. */
  async line(message: string): Promise<LogLine> {
    for (;;) {
      const found = this.logged(({ msg }) => msg === message);
      if (found) return found;
      await new Promise((wake) => setTimeout(wake, 10));
    }
  }
}

export interface BotFolder {
  file: (name: string) => string;
}

/** A certops.yaml for tests, with one service whose instance stands at `port`; `change` has the last word. */
export function writeConfig(
  folder: BotFolder,
  { httpPort, apiUrl, port, root }: { httpPort: number; apiUrl: string; port: number; root: string },
  change: (config: Config) => void = () => {},
): string {
  const config = parse(`
http: { host: 127.0.0.1, port: ${httpPort} }
data: state
slack: { channel: C0CERTS, mode: http, apiUrl: "${apiUrl}" }
vault: { address: "https://127.0.0.1:9", caFile: root.pem, tokenFile: token, pkiMount: pki }
identity: { file: identity.pem, caFile: root.pem }
probe: { every: 250ms, deadline: 3s }
expiring: { within: 20% }
history: { keep: 24h }
roles:
  approver: { users: [], groups: [S0PLATFORM] }
services:
  service-a:
    owner: payments
    names: [service-a.example.com]
    issuer: { mount: pki, role: service-a }
    ttl: 2m
    key: EC P-256
    renewBefore: 20%
    deployment: { kind: vault-agent, mount: kv, path: certops/service-a }
    approval: { role: approver, deadline: 1h }
    rollout: all
    endpoints:
      - { instance: a-1, host: 127.0.0.1, port: ${port}, serverName: service-a.example.com }
`) as Config;
  change(config);
  writeFileSync(folder.file("root.pem"), root);
  writeFileSync(folder.file("certops.yaml"), stringify(config));
  return folder.file("certops.yaml");
}

/** As YAML has it. */
export interface Config {
  services: Record<string, Record<string, unknown>>;
  [section: string]: unknown;
}

/** Asks the operators' socket in that folder. */
export async function operate(
  folder: BotFolder,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const asked = request({ socketPath: folder.file("state/bot.sock"), path, method: body ? "POST" : "GET" });
  asked.end(body && JSON.stringify(body));
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return { status: response.statusCode ?? 0, body: JSON.parse(text) };
}
