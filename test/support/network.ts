import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Host } from "./host.ts";
import { type Ran, run } from "./run.ts";

const hostChild = new URL("./host-child.ts", import.meta.url).pathname;
const path = `${process.env["PATH"]}:/usr/sbin:/sbin`;
const needed = { nft: ["--version"], ip: ["-Version"], nsenter: ["--version"], unshare: ["--version"] };

const forward = "echo 1 >/proc/sys/net/ipv4/ip_forward";

/** A user namespace makes an ordinary user root of what is in it; root needs none. */
const isRoot = process.getuid?.() === 0;
const isolated = [
  ...(isRoot ? [] : ["--user", "--map-root-user"]),
  "--net",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
];

/** What keeps a network of its own from a test on this machine; null when nothing does. */
export function missingNetwork(): string | null {
  const runs = (program: string, args: string[]) => spawnSync(program, args, { env: { PATH: path } }).status === 0;
  const absent = Object.entries(needed).find(([program, args]) => !runs(program, args));
  if (absent !== undefined) return `needs ${absent[0]}: apt-get install nftables iproute2 util-linux`;
  const made = runs("unshare", [...isolated, "sh", "-c", `nft list ruleset && ${forward}`]);
  return made
    ? null
    : "needs the right to make a router: root, or a kernel that lets an ordinary user make a namespace";
}

/**
 * Hosts around a router that forwards. It ends with this object, and also when the test is killed: the first process of
 * its PID namespace ends with its stdin, and the kernel ends all the others there.
 */
export class Network implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #enter: string[];

  private constructor(holder: ChildProcess, pid: string) {
    this.#holder = holder;
    const user = isRoot ? [] : ["--user", "--preserve-credentials"];
    this.#enter = ["--target", pid, ...user, "--net", "--mount", "--pid", "--"];
  }

  static async create(): Promise<Network> {
    const script = "mount -t tmpfs tmpfs /run && mkdir /run/netns && echo ready && exec cat";
    const holder = spawn("unshare", [...isolated, "sh", "-c", script], {
      env: { PATH: path },
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(createInterface(holder.stdout), "line");
    // Its number outside the PID namespace, by which others can enter.
    const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8");
    const network = new Network(holder, children.trim());
    await network.ip("netns add router");
    await network.ip("-n router link set lo up");
    await network.in("router", ["sh", "-c", forward]);
    return network;
  }

  /** A host at `10.81.<net>.2`, with the router at its door. */
  async addHost(name: string, net: number): Promise<Host> {
    const gateway = `10.81.${net}.1`;
    await this.ip(`netns add ${name}`);
    await this.ip(`link add eth0 netns ${name} type veth peer name ${name} netns router`);
    await this.ip(`-n router addr add ${gateway}/24 dev ${name}`);
    await this.ip(`-n router link set ${name} up`);
    await this.ip(`-n ${name} addr add 10.81.${net}.2/24 dev eth0`);
    await this.ip(`-n ${name} link set lo up`);
    await this.ip(`-n ${name} link set eth0 up`);
    await this.ip(`-n ${name} route add default via ${gateway}`);
    const args = [...this.#enter, ...into(name), process.execPath, hostChild];
    return new Host(spawn("nsenter", args, { env: { PATH: path }, stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** Where the hosts' namespaces can be seen, but in none of them. */
  run(command: string[]): Promise<Ran> {
    return run(["nsenter", ...this.#enter, ...command]);
  }

  /** In the namespace of a host or the router; gives what was printed, and throws when it fails. */
  async in(name: string, command: string[]): Promise<string> {
    return printed(await this.run([...into(name), ...command]));
  }

  private async ip(args: string): Promise<void> {
    printed(await this.run(["ip", ...args.split(" ")]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#holder, "exit");
    this.#holder.stdin?.end();
    await ended;
  }
}

function into(name: string): string[] {
  return ["nsenter", `--net=/run/netns/${name}`, "--"];
}

function printed({ code, output }: Ran): string {
  if (code !== 0) throw new Error(output);
  return output;
}
