import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { Problem } from "../../vault-config/problem.ts";
import { environment, isolation, needed } from "./isolation.ts";

/** Made beside the machine's own, which stays as it is: names of namespaces in it are nobody else's. */
const OWN_NAMES = "mount -t tmpfs tmpfs /run && mkdir /run/netns && echo ready && exec cat";

/** Namespaces of hosts by name. The kernel removes them when this is disposed of, or its process gone, and nothing runs in them. */
export class Namespaces implements AsyncDisposable {
  readonly #owner: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Held open, so that they can be entered whatever becomes of the owner. */
  readonly #held = new Map<string, FileHandle>();

  private constructor(owner: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#owner = owner;
  }

  /** Throws a `Problem` where this machine does not let it be. */
  static async create(): Promise<Namespaces> {
    const apart = isolation();
    if (!("args" in apart)) throw new Problem("NO_NAMESPACES", apart.missing, apart.mend);
    const owner = spawn("unshare", [...apart.args, "sh", "-c", OWN_NAMES], {
      env: environment(),
      stdio: ["pipe", "pipe", "pipe"],
      // Ctrl-C in the terminal is for the lab, which ends it last.
      detached: true,
    });
    const said = text(owner.stderr);
    const namespaces = new Namespaces(owner);
    const failed = once(owner, "exit").then(async () => {
      throw new Problem("NO_NAMESPACES", `The network's namespaces were not made: ${(await said).trim()}.`, needed);
    });
    await Promise.race([once(createInterface(owner.stdout), "line"), failed]);
    failed.catch(() => {});
    const own = `/proc/${owner.pid}/ns`;
    if (apart.asUser) await namespaces.#hold("user", `${own}/user`);
    await namespaces.#hold("mount", `${own}/mnt`);
    await namespaces.#hold("net", `${own}/net`);
    return namespaces;
  }

  /** A host that is connected to nothing yet. */
  async add(name: string): Promise<void> {
    await this.script(`ip netns add ${name}\nip -n ${name} link set lo up`);
    await this.#hold(`net ${name}`, `/proc/${this.#owner.pid}/root/run/netns/${name}`);
  }

  /** The words that run a command on that host; on none of them, but where all can be seen by name, when it is left out. */
  enter(host?: string): string[] {
    const asUser = this.#held.has("user") ? [`--user=${this.#path("user")}`, "--preserve-credentials"] : [];
    const net = this.#path(host === undefined ? "net" : `net ${host}`);
    return ["nsenter", ...asUser, `--mount=${this.#path("mount")}`, `--net=${net}`, "--"];
  }

  /** The same without leaving the network that this process is in, from where the hosts' are seen by name as well. */
  enterBeside(): string[] {
    return this.enter().filter((word) => !word.startsWith("--net="));
  }

  /** Runs lines of shell, none of which may fail, and gives what they printed. */
  async script(lines: string, host?: string): Promise<string> {
    const shell = spawn("nsenter", [...this.enter(host).slice(1), "sh", "-e"], {
      env: environment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const closed = new Promise<number | null>((done, fail) => shell.once("close", done).once("error", fail));
    shell.stdin.on("error", () => {}).end(lines);
    const [code, said, complaint] = await Promise.all([closed, text(shell.stdout), text(shell.stderr)]);
    if (code === 0) return said;
    throw new Problem("NETWORK_FAILED", `On ${host ?? "the network"}: ${complaint.trim()}.`, needed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#held.values()].map((handle) => handle.close()));
    if (this.#owner.exitCode !== null || this.#owner.signalCode !== null) return;
    const ended = once(this.#owner, "exit");
    this.#owner.stdin.end();
    await ended;
  }

  async #hold(what: string, path: string): Promise<void> {
    this.#held.set(what, await open(path));
  }

  #path(what: string): string {
    const handle = this.#held.get(what);
    if (handle === undefined) throw new Error(`there is no host ${what}`);
    return `/proc/${process.pid}/fd/${handle.fd}`;
  }
}
