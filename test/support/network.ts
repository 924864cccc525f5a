import { spawn } from "node:child_process";
import { environment, isolation } from "../../lab/firewall/isolation.ts";
import { Namespaces } from "../../lab/firewall/namespaces.ts";
import { forwarding, toRouter } from "../../lab/firewall/wiring.ts";
import { Host } from "./host.ts";
import { type Ran, run } from "./run.ts";

const hostChild = new URL("./host-child.ts", import.meta.url).pathname;

/** What keeps a network of its own from a test on this machine; null when nothing does. */
export function missingNetwork(): string | null {
  const apart = isolation();
  return "args" in apart ? null : `${apart.missing} ${apart.mend}`;
}

/** Hosts around a router that forwards everything. It ends with this object, and also when the test is killed: its processes end with their stdin. */
export class Network implements AsyncDisposable {
  /** Goes before a command: it finds the hosts by name under /run/netns, and is itself on the machine's own network. */
  readonly enterBeside: string[];
  readonly #namespaces: Namespaces;

  private constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
    this.enterBeside = namespaces.enterBeside();
  }

  static async create(): Promise<Network> {
    const namespaces = await Namespaces.create();
    await namespaces.add("router");
    await namespaces.script(forwarding, "router");
    return new Network(namespaces);
  }

  /** A host at `10.81.<net>.2`, with the router at its door. */
  async addHost(name: string, net: number): Promise<Host> {
    await this.#namespaces.add(name);
    await this.#namespaces.script(toRouter({ name, net, addresses: [`10.81.${net}.2`] }));
    const [command, ...args] = [...this.#namespaces.enter(name), process.execPath, hostChild];
    return new Host(spawn(command, args, { env: environment(), stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** Goes before a command that is to run on a host, or on the router. */
  enter(name: string): string[] {
    return this.#namespaces.enter(name);
  }

  /** Where the hosts' namespaces can be seen, but in none of them. */
  run(command: string[]): Promise<Ran> {
    return run([...this.#namespaces.enter(), ...command]);
  }

  /** In the namespace of a host or the router; gives what was printed, and throws when it fails. */
  async in(name: string, command: string[]): Promise<string> {
    const { code, output } = await run([...this.#namespaces.enter(name), ...command]);
    if (code !== 0) throw new Error(output);
    return output;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#namespaces[Symbol.asyncDispose]();
  }
}
