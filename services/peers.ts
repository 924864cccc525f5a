import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Address } from "./peer.ts";

/** A file that is written in place changes several times; one read after the last change is enough. */
const settleMs = 20;

/** The address in `host:port`, an IPv6 one in brackets; null when it is none. */
export function parseAddress(text: string): Address | null {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? null : { host, port: Number(port) };
}

/** Where the other service's instances are now, and which of them is called next. */
export class Peers {
  #known: Address[];
  #turn = 0;

  constructor(known: Address[]) {
    this.#known = known;
  }

  get known(): readonly Address[] {
    return this.#known;
  }

  /** Each in turn; null while none is known. */
  next(): Address | null {
    return this.#known[this.#turn++ % this.#known.length] ?? null;
  }

  /** Keeps to what a file says, host:port a line, whenever it is replaced; what was known last stays while it cannot be read. */
  async follow(file: string, signal: AbortSignal): Promise<void> {
    const path = resolve(file);
    let timer: NodeJS.Timeout | undefined;
    const read = async () => {
      const text = await readFile(path, "utf8").catch(() => null);
      if (text !== null) this.#known = text.split("\n").flatMap((line) => parseAddress(line.trim()) ?? []);
    };
    // The folder, not the file: whoever renders it renames another over it.
    watch(dirname(path), { signal }, (_event, name) => {
      if (name !== null && name !== basename(path)) return;
      clearTimeout(timer);
      timer = setTimeout(() => void read(), settleMs);
    });
    await read();
  }
}
