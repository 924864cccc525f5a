import { hashOf } from "./canonical.ts";

// The audit log: rows that chain by hash. Whoever has the store can write all of it anew, so that it holds again; that
// shows only against what stands elsewhere: a head that was published, or an earlier export.

/** `detail`: JSON text, as it was written. */
export interface AuditRow {
  /** From 1 on, without a gap. */
  seq: number;
  /** Epoch milliseconds. */
  at: number;
  actor: string;
  action: string;
  subject: string;
  detail: string;
  /** The hash of the row before; of the first row, empty. */
  previous: string;
  hash: string;
}

/** SHA-256 in lower-case hex over the row without its hash, as JSON with its keys sorted. */
export function hashOfRow({ seq, at, actor, action, subject, detail, previous }: Omit<AuditRow, "hash">): string {
  return hashOf({ seq, at, actor, action, subject, detail, previous });
}

/** Where the log stood: the number of its last row and that row's hash. */
export interface Head {
  seq: number;
  hash: string;
}

/** As it is published and typed: `<seq>:<hash>`. */
export const tellHead = ({ seq, hash }: Head): string => `${seq}:${hash}`;

/** null: it is none. */
export function parseHead(text: string): Head | null {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim().toLowerCase()) ?? [];
  return seq === undefined || hash === undefined || Number(seq) < 1 ? null : { seq: Number(seq), hash };
}

/** What stood in the log once: a head, or the whole row of an earlier export. */
export type Witness = Head & Partial<AuditRow>;

/** Something that is not as it was written, in one sentence; `from` and `to`: the rows it is about. */
export interface Finding {
  code: "edited" | "rewritten" | "removed" | "cut-off";
  from: number;
  to: number;
  problem: string;
}

/** The log, from its first row on. `written`: the highest number that a row was ever given. */
export interface Log {
  rows: AsyncIterable<AuditRow>;
  written: number;
}

export interface ChainReport {
  rows: number;
  /** null while there are no rows. */
  head: Head | null;
  firstAt: number | null;
  lastAt: number | null;
  /** Witnesses that the log bears out. */
  borneOut: number;
  /** In order; empty while the log holds. No more than `findingsAtMost`. */
  findings: Finding[];
  /** How many findings are left out. */
  more: number;
}

const findingsAtMost = 20;

/** Looks at every row once. `witnesses`: in the order of their rows. */
export async function verifyChain(
  { rows, written }: Log,
  witnesses: AsyncIterable<Witness> | Iterable<Witness> = [],
): Promise<ChainReport> {
  const report: ChainReport = {
    rows: 0,
    head: null,
    firstAt: null,
    lastAt: null,
    borneOut: 0,
    findings: [],
    more: 0,
  };
  const found = (finding: Finding) => {
    if (report.findings.length < findingsAtMost) report.findings.push(finding);
    else report.more += 1;
  };
  const compared = comparison(witnesses, found);
  let before: { seq: number; hash: string; computed: string } = { seq: 0, hash: "", computed: "" };

  for await (const row of rows) {
    const computed = hashOfRow(row);
    const isNext = row.seq === before.seq + 1;
    if (!isNext) found(removed(before.seq + 1, row.seq - 1));
    // Of an edited row the one after it names the hash that it had.
    else if (row.previous !== before.hash && row.previous !== before.computed) found(writtenAnew(row, before.seq));
    if (row.hash !== computed) found(edited(row));
    await compared.with(row);
    report.firstAt ??= row.at;
    Object.assign(report, { rows: report.rows + 1, lastAt: row.at, head: { seq: row.seq, hash: row.hash } });
    before = { seq: row.seq, hash: row.hash, computed };
  }

  const known = Math.max(written, await compared.rest());
  if (known > before.seq) found(cutOff(before.seq + 1, known));
  report.borneOut = compared.borneOut();
  return report;
}

/** Holds each row against what is known of it from elsewhere. */
function comparison(witnesses: AsyncIterable<Witness> | Iterable<Witness>, found: (finding: Finding) => void) {
  const source = Symbol.asyncIterator in witnesses ? witnesses[Symbol.asyncIterator]() : witnesses[Symbol.iterator]();
  let next: Promise<IteratorResult<Witness>> | null = null;
  const peek = async (): Promise<Witness | null> => {
    next ??= Promise.resolve(source.next());
    const { done, value } = await next;
    return done ? null : value;
  };
  let borneOut = 0;
  let lastBorneOut = 0;
  let isRewritten = false;

  const compare = (witness: Witness, row: AuditRow): void => {
    if (witness.hash === row.hash) {
      borneOut += 1;
      lastBorneOut = row.seq;
      return;
    }
    // After a row that was written anew no hash is as it was: further ones are told only where it is known what they said.
    if (saysTheSame(witness, row)) return;
    if (witness.action === undefined && isRewritten) return;
    isRewritten = true;
    found(rewritten(witness, row, lastBorneOut));
  };

  return {
    borneOut: () => borneOut,
    async with(row: AuditRow): Promise<void> {
      for (let witness = await peek(); witness !== null && witness.seq <= row.seq; witness = await peek()) {
        // Of a row that is missing the gap is told.
        if (witness.seq === row.seq) compare(witness, row);
        next = null;
      }
    },
    /** The last row that a witness knows of and that was not reached; 0: there is none. */
    async rest(): Promise<number> {
      let last = 0;
      for (let witness = await peek(); witness !== null; witness = await peek()) {
        last = witness.seq;
        next = null;
      }
      return last;
    },
  };
}

const saysTheSame = (witness: Witness, row: AuditRow): boolean =>
  (["at", "actor", "action", "subject", "detail"] as const).every((field) => witness[field] === row[field]);

const rowsTold = (from: number, to: number) => (from === to ? `row ${from}` : `the rows from ${from} to ${to}`);
const were = (from: number, to: number) => (from === to ? "was" : "were");

function edited({ seq }: AuditRow): Finding {
  return { code: "edited", from: seq, to: seq, problem: `row ${seq} was edited` };
}

function removed(from: number, to: number): Finding {
  return { code: "removed", from, to, problem: `${rowsTold(from, to)} ${were(from, to)} removed` };
}

function cutOff(from: number, to: number): Finding {
  return { code: "cut-off", from, to, problem: `${rowsTold(from, to)} ${were(from, to)} cut off at the end` };
}

function writtenAnew({ seq }: AuditRow, before: number): Finding {
  const problem =
    before === 0
      ? `row ${seq} was rewritten: it claims that one stood before it`
      : `row ${before} was rewritten: row ${seq} does not follow it`;
  const about = Math.max(before, 1);
  return { code: "rewritten", from: about, to: about, problem };
}

function rewritten(witness: Witness, { seq }: AuditRow, lastBorneOut: number): Finding {
  const { actor, action, subject } = witness;
  if (action !== undefined) {
    const problem = `row ${seq} was rewritten: it was ${actor} ${action} ${subject}, by the export`;
    return { code: "rewritten", from: seq, to: seq, problem };
  }
  const from = lastBorneOut + 1;
  const which = from === seq ? `row ${seq} was` : `at least one of the rows from ${from} to ${seq} was`;
  return {
    code: "rewritten",
    from,
    to: seq,
    problem: `${which} rewritten: row ${seq} is not the one that was published`,
  };
}
