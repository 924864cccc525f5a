import { spawn } from "node:child_process";
import { Failure } from "../../bot/errors.ts";
import type { PacketPath, PacketSeen } from "../../bot/domain/firewall/packet.ts";
import type { Probers } from "../../bot/operations/firewall/ports.ts";
import { Host } from "./host.ts";

const hostChild = new URL("./host-child.ts", import.meta.url).pathname;

/** Probers of a test: each a process in a host's namespace that really connects, one try at a time. */
export class TestProbers implements Probers, Disposable {
  readonly #enter: string[];
  readonly #hosts = new Map<string, { host: Host; kill: () => void; last: Promise<unknown> }>();
  readonly grants = new Map<string, { zone?: string; addresses: string[]; ports: number[]; until: number }[]>();
  /** Zones whose prober does not answer. */
  readonly away = new Set<string>();
  /** What was tried, in order. */
  readonly tried: PacketPath[] = [];

  /** `enter`: a command that goes before another, to run it where the hosts' namespaces have names. */
  constructor(enter: string[]) {
    this.#enter = enter;
  }

  async grant(id: string, grant: Parameters<Probers["grant"]>[1]): Promise<void> {
    if (this.away.has(grant.zone ?? "")) throw new Failure("prober-down", "nothing listens there.", "Start it.");
    this.grants.set(id, [...(this.grants.get(id) ?? []), grant]);
  }

  async revoke(id: string): Promise<void> {
    this.grants.delete(id);
  }

  async try({ zone, address, port, grant, protocol }: Parameters<Probers["try"]>[0]): Promise<PacketSeen> {
    if (!this.#mayTry(grant, { zone, address, port })) return { outcome: "unknown", why: "no grant covers it" };
    this.tried.push({ zone, address, port });
    if (protocol === "udp") {
      const came = await this.#asked(zone, (host) => host.send(address, port));
      if (came === "unreachable") return { outcome: "unknown", why: "there is no way" };
      return { outcome: came as "open" | "refused" | "silent", why: null };
    }
    const { outcome } = await this.#asked(zone, (host) => host.connect(address, port));
    if (outcome === "open") return { outcome: "open", why: null };
    return { outcome: outcome === "ECONNREFUSED" ? "refused" : "silent", why: null };
  }

  async hold({ zone, address, port, grant }: Parameters<Probers["hold"]>[0]) {
    if (!this.#mayTry(grant, { zone, address, port })) throw new Failure("prober-refused", "no grant covers it.", "-");
    const { outcome, connection } = await this.#asked(zone, (host) => host.connect(address, port));
    if (outcome !== "open") throw new Failure("prober-refused", `the connection was ${outcome}.`, "-");
    return {
      state: async () => {
        const said = await this.#asked(zone, (host) => host.say(connection));
        return said === "answered" ? ({ alive: true } as const) : ({ alive: false, how: said } as const);
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  #mayTry(id: string, { zone, address, port }: PacketPath): boolean {
    const granted = this.grants.get(id) ?? [];
    return granted.some(
      (one) => (one.zone ?? zone) === zone && one.addresses.includes(address) && one.ports.includes(port),
    );
  }

  #asked<T>(zone: string, ask: (host: Host) => Promise<T>): Promise<T> {
    const held = this.#hosts.get(zone) ?? this.#start(zone);
    const answer = held.last.then(() => ask(held.host));
    held.last = answer.catch(() => {});
    return answer;
  }

  #start(zone: string) {
    const into = ["nsenter", `--net=/run/netns/${zone}`, "--", process.execPath, hostChild];
    const [command = "", ...args] = this.#enter;
    const child = spawn(command, [...args, ...into], { stdio: ["pipe", "pipe", "inherit"] });
    const held = { host: new Host(child), kill: () => child.stdin.end(), last: Promise.resolve() as Promise<unknown> };
    this.#hosts.set(zone, held);
    return held;
  }

  [Symbol.dispose](): void {
    for (const { kill } of this.#hosts.values()) kill();
  }
}
