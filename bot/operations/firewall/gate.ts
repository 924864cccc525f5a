import { digestOfKeys, signatureKey } from "../../domain/firewall/sealed-keys.ts";
import { type ForeignKey, foreignKeys, keysThat, standingKeys } from "../../domain/firewall/foreign-keys.ts";
import type { InForce } from "../../domain/firewall/rules-in-force.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import { Failure } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import type { Notices, Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall, HeldGate, HeldKey, Journal, KeyChange, RuleKeys } from "./ports.ts";
import { nothingForeign, tellForeign } from "./tell-foreign.ts";

export interface GateNeeds {
  firewall: Pick<Firewall, "gate" | "rules">;
  requests: Pick<Requests, "find" | "list" | "count">;
  notices: Notices;
  clock: Clock;
}

interface Visitor {
  /** The request it is about: what its own run left standing is its own. */
  request: string;
  /** It puts the approved rules back over whatever stands there. */
  overForeign?: boolean;
}

/**
 * Takes the gate, and puts in order what its last holder left: what was written only to be looked at is taken out again.
 * Refused: `firewall-waits` while another change is on its way and its own work has to end it, `firewall-foreign` while Consul
 * holds what nobody approved. Throws `gate-busy` when its turn did not come.
 */
export async function enterGate(needs: GateNeeds, visitor: Visitor, signal: AbortSignal): Promise<Gate | Refusal> {
  const held = await needs.firewall.gate.take(signal);
  let entered = false;
  try {
    const inForce = await readInForce(needs);
    const keys = await needs.firewall.rules.read();
    const gate = new Gate({ rules: needs.firewall.rules, held, inForce, keys });
    const no = await putInOrder(needs, visitor, gate);
    if (no) return no;
    entered = true;
    return gate;
  } finally {
    if (!entered) await held[Symbol.asyncDispose]();
  }
}

async function putInOrder(needs: GateNeeds, { request, overForeign }: Visitor, gate: Gate): Promise<Refusal | null> {
  const foreign = gate.foreign();
  if (foreign.length === 0) {
    await nothingForeign(needs);
    await gate.clear();
    return null;
  }
  const { left } = gate;
  const standing = digestOfKeys(gate.values());
  if (left === null || ![left.candidate, left.over].includes(standing)) {
    await tellForeign(needs, foreign);
    return overForeign ? null : foreignRefusal(foreign);
  }
  if (left.kind === "run") {
    const other = await needs.requests.find(left.request);
    if (other?.state === "approved") {
      if (other.id !== request) return waits(left.request);
      gate.stands = standing === left.candidate ? left.revision : null;
      return null;
    }
  }
  await gate.restore();
  return null;
}

/** What stands in Consul is named by what it is called: its value may say anything. */
export function foreignTold(keys: ForeignKey[]): string {
  const told = (how: ForeignKey["how"], words: string) => {
    const named = keysThat(how, keys).map((key) => JSON.stringify(key));
    return named.length === 0 ? [] : [`${words}: ${named.join(", ")}.`];
  };
  return [
    ...told("added", "Consul holds what nobody approved"),
    ...told("changed", "Consul holds other values than were approved"),
    ...told("missing", "Consul no longer holds what was approved"),
  ].join(" ");
}

function foreignRefusal(keys: ForeignKey[]): Refusal {
  return refuse(
    "firewall-foreign",
    `${foreignTold(keys)} Nothing was applied.`,
    "Find out who wrote it, and take it out (consul kv delete), or have the approved rules put back by Re-apply.",
  );
}

function waits(request: string): Refusal {
  return refuse(
    "firewall-waits",
    `${request} is being applied, and has to end first.`,
    `Follow it: /firewall show ${request}. If it does not get on, see whether CTS is up.`,
  );
}

/** Of a journal: the digests are the gate's to tell. */
type Purpose = { kind: "inspect"; request: string } | { kind: "run"; request: string; revision: number };

interface Inside {
  rules: RuleKeys;
  held: HeldGate;
  inForce: InForce;
  keys: Record<string, HeldKey>;
}

/** The gate in somebody's hands: the only way in which keys are written. Whatever it leaves its journal explains. */
export class Gate implements AsyncDisposable {
  readonly inForce: InForce;
  /** The revision of this request's own candidate, where an earlier process of its run left it standing. */
  stands: number | null = null;
  readonly #rules: RuleKeys;
  readonly #held: HeldGate;
  #keys: Record<string, HeldKey>;
  /** Whether the journal says something. */
  #noted: boolean;
  /** What this holder, or the one that its journal tells of, put there. */
  #written: Record<string, string>;

  constructor({ rules, held, inForce, keys }: Inside) {
    this.#rules = rules;
    this.#held = held;
    this.#keys = keys;
    this.#noted = held.left !== null;
    this.inForce = inForce;
    this.#written = this.values();
  }

  get left(): Journal | null {
    return this.#held.left;
  }

  /** Aborts when the gate is lost. */
  get lost(): AbortSignal {
    return this.#held.lost;
  }

  /** As they were last read or written. */
  values(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#keys).map(([key, { value }]) => [key, value]));
  }

  /** What is not as the approved rules have it. */
  foreign(wanted = standingKeys(this.inForce)): ForeignKey[] {
    return foreignKeys(this.values(), wanted);
  }

  /** Reads again, and says what somebody else changed since. */
  async meanwhile(): Promise<ForeignKey[]> {
    const before = this.values();
    this.#keys = await this.#rules.read();
    return foreignKeys(this.values(), before);
  }

  /** The journal first. Throws `firewall-keys-moved` or `firewall-foreign` when somebody else writes besides. */
  async write(about: Purpose, wanted: Record<string, string>): Promise<void> {
    await this.#held.write({ ...about, candidate: digestOfKeys(wanted), over: digestOfKeys(this.values()) });
    this.#noted = true;
    await this.#put(wanted);
  }

  /** From here on what stands can be applied. Throws as `write` does: it looks once more before. */
  async sign(signature: string): Promise<void> {
    await this.#put({ ...this.values(), [signatureKey]: signature });
  }

  /** As it was before anything was written; what somebody else wrote meanwhile is left as it is, and thrown. */
  async restore(): Promise<void> {
    const wanted = standingKeys(this.inForce);
    const isOurs = ({ key }: { key: string }) => this.#keys[key]?.value === this.#written[key];
    const write = () => {
      this.#held.lost.throwIfAborted();
      const { set, remove } = this.#changeTo(wanted);
      return this.#rules.write({ set: set.filter(isOurs), remove: remove.filter(isOurs) });
    };
    if (!(await write())) {
      this.#keys = await this.#rules.read();
      if (!(await write())) throw keysMoved();
    }
    await this.#lookAgain(wanted);
    await this.clear();
  }

  /** There is nothing to undo: what stands is not to be applied again. */
  async clear(): Promise<void> {
    const { [signatureKey]: signature, ...rest } = this.#keys;
    // One that somebody else has changed by now is told as foreign.
    if (signature) await this.#rules.write({ set: [], remove: [{ key: signatureKey, index: signature.index }] });
    this.#keys = rest;
    if (this.#noted) await this.#held.write(null);
    this.#noted = false;
  }

  async #put(wanted: Record<string, string>): Promise<void> {
    this.#held.lost.throwIfAborted();
    this.#written = wanted;
    if (!(await this.#rules.write(this.#changeTo(wanted)))) throw keysMoved();
    await this.#lookAgain(wanted);
  }

  #changeTo(wanted: Record<string, string>): KeyChange {
    return {
      set: Object.entries(wanted)
        .filter(([key, value]) => this.#keys[key]?.value !== value)
        .map(([key, value]) => ({ key, value, index: this.#keys[key]?.index ?? 0 })),
      remove: Object.entries(this.#keys)
        .filter(([key]) => !(key in wanted))
        .map(([key, { index }]) => ({ key, index })),
    };
  }

  async #lookAgain(wanted: Record<string, string>): Promise<void> {
    this.#keys = await this.#rules.read();
    const foreign = foreignKeys(this.values(), wanted);
    if (foreign.length > 0) throw new ForeignKeys(foreign);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held[Symbol.asyncDispose]();
  }
}

function keysMoved(): Failure {
  return new Failure(
    "firewall-keys-moved",
    "Somebody else wrote under firewall/ in Consul at the same moment.",
    "It is tried again; what was written besides is then refused by name.",
  );
}

/** Somebody else wrote under `firewall/` while the gate was held. */
export class ForeignKeys extends Failure {
  readonly keys: ForeignKey[];

  constructor(keys: ForeignKey[]) {
    const { code, message, hint } = foreignRefusal(keys);
    super(code, message, hint);
    this.keys = keys;
  }
}
