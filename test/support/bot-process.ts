import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { parse, stringify } from "yaml";
import { bareEnvironment } from "./bare-environment.ts";

/** Ends the bot with its parent, also when the parent is killed: the pipe on its stdin ends then. */
const tie = 'data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()';
const program = resolve(import.meta.dirname, "../../bot/main.ts");

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** One `bot/main.ts` as a process of its own. */
export class BotProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly exited: Promise<number | null>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, ["--import", tie, program], {
      env: { ...bareEnvironment(), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.exited = once(this.#child, "exit").then(([code]) => code as number | null);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    if (this.#child.stdout) {
      createInterface(this.#child.stdout).on("line", (line) => {
        this.stdout += `${line}\n`;
        this.lines.push(JSON.parse(line) as LogLine);
      });
    }
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
      const found = this.lines.find(({ msg }) => msg === message);
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`the bot exited: ${this.stderr}${this.stdout}`);
      await new Promise((wake) => setTimeout(wake, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.exited;
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
