import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { explain } from "./causes.ts";
import { facts } from "./facts.ts";
import { parseIdentity, parseTrust, type Identity, type Material } from "./identity.ts";
import { type Part, rehearse } from "./rehearsal.ts";

export interface Files {
  identityFile: string;
  caFile: string;
  crlFiles: string[];
}

/** One attempt to take on a new identity. Times are epoch milliseconds. */
export interface Swap {
  at: number;
  outcome: "swapped" | "refused";
  serial: string | null;
  generation: string | null;
  fingerprint: string | null;
  notBefore: number | null;
  notAfter: number | null;
  previousSerial: string | null;
  problem: string | null;
}

const keptSwaps = 100;
/** The longest that a timer is trusted: a clock may be set meanwhile. */
const longestWaitMs = 3_600_000;
/** A file that is written in place changes several times; one read after the last change is enough. */
const settleMs = 20;

/** The identity in use. It changes only for one that was proven in a rehearsal; whatever is refused leaves the old in service. */
export class ReloadingIdentity {
  readonly swaps: Swap[] = [];
  current: Material | null = null;
  loadedAt = 0;
  /** Why the files as they stand now are not what is served; null when they are. */
  problem: string | null = null;
  rotations = 0;
  refused = 0;
  readonly #files: Files;
  readonly #part: Part;
  readonly #onChange: (material: Material) => void;
  readonly #onSwap: (swap: Swap) => void;
  #lastRead = "";
  #lastRefused = "";
  #queue: Promise<void> = Promise.resolve();
  #lapsing: NodeJS.Timeout | undefined;

  /** `onChange` gets each new identity, CA or CRL in use; `onSwap` each new identity, taken or refused. */
  constructor(files: Files, part: Part, onChange: (material: Material) => void, onSwap: (swap: Swap) => void) {
    this.#files = files;
    this.#part = part;
    this.#onChange = onChange;
    this.#onSwap = onSwap;
  }

  /** Waits for the first identity that holds; throws with the last problem at the deadline. */
  async first(deadlineMs: number, signal: AbortSignal): Promise<Material> {
    for (const deadline = Date.now() + deadlineMs; ; await new Promise((wake) => setTimeout(wake, 100))) {
      await this.reload(true);
      if (this.current) return this.current;
      signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(this.problem ?? "no identity");
    }
  }

  /** Watches the folders, not the files: agents replace a file by renaming another over it, and a watch on the file would follow the old one. */
  watch(signal: AbortSignal): void {
    const paths = [this.#files.identityFile, this.#files.caFile, ...this.#files.crlFiles].map((file) => resolve(file));
    let timer: NodeJS.Timeout | undefined;
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      const names = new Set(paths.filter((path) => dirname(path) === folder).map((path) => basename(path)));
      watch(folder, { signal }, (_event, name) => {
        if (name !== null && !names.has(name)) return;
        clearTimeout(timer);
        timer = setTimeout(() => void this.reload(), settleMs);
      });
    }
    void this.reload(); // for what changed before the watch began
  }

  /** Reads the files and swaps in what holds; `again` judges them anew even if they are as before. Never rejects; one at a time. */
  reload(again = false): Promise<void> {
    this.#queue = this.#queue.then(() => this.#reloadOnce(again));
    return this.#queue;
  }

  async #reloadOnce(again: boolean): Promise<void> {
    const { identityFile, caFile, crlFiles } = this.#files;
    try {
      const [pem = "", ca = "", ...crls] = await Promise.all([identityFile, caFile, ...crlFiles].map(readText));
      const read = JSON.stringify([pem, ca, crls]);
      if (read === this.#lastRead && !again) return;
      this.#lastRead = read;
      await this.#judge(pem, ca, crls);
    } catch (error) {
      this.#refuse(null, "", (error as Error).message);
      this.#lastRead = "";
    }
  }

  async #judge(pem: string, ca: string, crls: string[]): Promise<void> {
    // What is in use must not take the service down by its age: the last list that held goes on being looked into.
    if (this.current && !this.current.lapsed && endOf(this.current) <= Date.now()) {
      this.#adopt({ ...this.current, lapsed: true });
    }
    const now = this.current;
    let identity: Identity | null = null;
    let problem: string | null = null;
    const attempts: (() => Material)[] = [
      () => ({ identity: (identity = parseIdentity(pem)), ...parseTrust(ca, crls) }),
    ];
    // What is wrong with one half must not hold up the other: a bad CRL never stops a renewal. Trust goes first, or an
    // identity that the new CRL revokes would be judged by the old one.
    if (now) attempts.push(() => ({ ...now, ...parseTrust(ca, crls) }));
    if (now) attempts.push(() => ({ ...now, identity: parseIdentity(pem) }));
    // Started anew while no fresh list is to be had, it serves all the same.
    else attempts.push(() => onlyLapsed({ identity: parseIdentity(pem), ...parseTrust(ca, crls) }));

    for (const attempt of attempts) {
      try {
        const material = attempt();
        await rehearse(material, this.#part);
        this.#adopt(material);
        break;
      } catch (error) {
        problem ??= sentence(error);
      }
    }
    if (problem === null) {
      this.problem = null;
      this.#lastRefused = "";
    } else this.#refuse(identity, pem, problem);
    this.#waitForTheEnd();
  }

  /** Looks again when the first list in use has come to its end. */
  #waitForTheEnd(): void {
    clearTimeout(this.#lapsing);
    if (!this.current || this.current.lapsed) return;
    const left = endOf(this.current) - Date.now();
    if (left === Infinity) return;
    this.#lapsing = setTimeout(() => void this.reload(true), Math.min(Math.max(0, left) + 1, longestWaitMs)).unref();
  }

  #refuse(identity: Identity | null, pem: string, problem: string): void {
    this.problem = problem;
    if (this.#lastRefused === pem + problem) return;
    this.#lastRefused = pem + problem;
    this.refused++;
    this.#record("refused", identity, this.current?.identity.serial ?? null, problem);
  }

  #adopt(material: Material): void {
    const { identity } = material;
    const before = this.current;
    if (isDeepStrictEqual(material, before)) return;
    this.current = material;
    this.#onChange(material);
    if (identity.fingerprint === before?.identity.fingerprint) return;
    this.loadedAt = Date.now();
    if (before) this.rotations++;
    this.#record("swapped", identity, before?.identity.serial ?? null, null);
  }

  #record(
    outcome: Swap["outcome"],
    identity: Identity | null,
    previousSerial: string | null,
    problem: string | null,
  ): void {
    const swap = { at: Date.now(), outcome, ...(identity ? facts(identity) : nothing), previousSerial, problem };
    this.swaps.push(swap);
    if (this.swaps.length > keptSwaps) this.swaps.shift();
    this.#onSwap(swap);
  }
}

/** When the first of its lists lapses. */
const endOf = ({ crls }: Material): number => Math.min(Infinity, ...crls.map(({ nextUpdate }) => nextUpdate));

function onlyLapsed(material: Material): Material {
  if (endOf(material) > Date.now()) throw new Error("no revocation list has lapsed");
  return { ...material, lapsed: true };
}

const nothing = { serial: null, fingerprint: null, generation: null, notBefore: null, notAfter: null };

const readText = (file: string): Promise<string> => readFile(file, "utf8");

function sentence(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return message;
  const { cause, fix } = explain(code, "the new certificate");
  return `${cause} (${code}). ${fix}`;
}
