import { type Folder, type LogLine, until } from "./service-process.ts";
import type { Leaf, TestPki } from "./test-pki.ts";
import { TiedProcess } from "./tied-process.ts";

const programs = {
  prober: new URL("../../services/firewall/prober-main.ts", import.meta.url).pathname,
  router: new URL("../../services/firewall/router-reader-main.ts", import.meta.url).pathname,
};

/** The name in the bot's certificate. */
export const CALLER = "certops-bot";

export interface GuardedOptions {
  /** Before the command itself: into a network namespace, for example. */
  into?: string[];
  env?: Record<string, string>;
}

/** A prober or the router's reader as a process of its own. Its files are `<kind>.pem` and `ca.pem` in the folder. */
export class GuardedProcess extends TiedProcess<LogLine> {
  port = 0;

  static spawn(kind: keyof typeof programs, { into, env = {} }: GuardedOptions): GuardedProcess {
    return new GuardedProcess(programs[kind], env, into);
  }

  static async start(
    kind: keyof typeof programs,
    { folder, pki, ...options }: GuardedOptions & { folder: Folder; pki: TestPki },
  ): Promise<GuardedProcess> {
    await folder.replace(`${kind}.pem`, (await guardedLeaf(pki, kind)).identity);
    await folder.replace("ca.pem", pki.root);
    const env = {
      HOST: "127.0.0.1",
      PORT: "0",
      IDENTITY_FILE: folder.at(`${kind}.pem`),
      CA_FILE: folder.at("ca.pem"),
      SERVER_NAME: `${kind}.test`,
      CALLER,
      ...options.env,
    };
    const started = GuardedProcess.spawn(kind, { ...options, env });
    try {
      started.port = Number((await started.line("listening"))["port"]);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The first log line of that event at or after line number `from`. */
  line(event: string, from = 0): Promise<LogLine> {
    return until(`a line "${event}"`, async () => this.logged((line) => line.event === event, from));
  }
}

/** Its own certificate, for where a test reaches it. */
export function guardedLeaf(pki: TestPki, kind: keyof typeof programs): Promise<Leaf> {
  return pki.leaf(`${kind}.test`, { names: ["127.0.0.1"], purposes: ["server"] });
}
