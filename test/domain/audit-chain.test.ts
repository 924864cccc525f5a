import { describe, expect, test } from "vitest";
import {
  type AuditRow,
  hashOfRow,
  parseHead,
  tellHead,
  verifyChain,
  type Witness,
} from "../../bot/domain/audit-chain.ts";

/** A log of so many rows; `change` writes one of them otherwise, and everything after it anew, as somebody with the store can. */
function aLog(count: number, change: Record<number, Partial<AuditRow>> = {}): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const row = {
      seq,
      at: 1_700_000_000_000 + seq,
      actor: "U0ANA",
      action: "request.pending",
      subject: `r-${seq}`,
      detail: `{"n":${seq}}`,
      previous: rows.at(-1)?.hash ?? "",
      ...change[seq],
    };
    rows.push({ ...row, hash: hashOfRow(row) });
  }
  return rows;
}

async function* streamed<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

const verified = (rows: AuditRow[], witnesses: Witness[] = [], written = rows.at(-1)?.seq ?? 0) =>
  verifyChain({ rows: streamed(rows), written }, witnesses);
const headOf = (rows: AuditRow[], seq: number): Witness => ({ seq, hash: rows[seq - 1]?.hash ?? "" });
const told = async (...args: Parameters<typeof verified>) =>
  (await verified(...args)).findings.map(({ code, problem }) => `${code}: ${problem}`);

const log = aLog(10);
const without = (...seqs: number[]) => log.filter(({ seq }) => !seqs.includes(seq));

describe("a log by itself", () => {
  test("holds as it was written, and says where it stands", async () => {
    expect(await verified(log)).toEqual({
      rows: 10,
      head: headOf(log, 10),
      firstAt: 1_700_000_000_001,
      lastAt: 1_700_000_000_010,
      borneOut: 0,
      findings: [],
      more: 0,
    });
    expect(await verified([])).toMatchObject({ rows: 0, head: null, findings: [] });
  });

  test.each<[string, AuditRow[], number, string[]]>([
    [
      "a row that says something else",
      log.map((row) => (row.seq === 4 ? { ...row, actor: "U0BEN" } : row)),
      10,
      ["edited: row 4 was edited"],
    ],
    [
      "a hash that is another",
      log.map((row) => (row.seq === 4 ? { ...row, hash: "00" } : row)),
      10,
      ["edited: row 4 was edited"],
    ],
    [
      "a row with its hash made anew",
      log.map((row) => (row.seq === 4 ? (aLog(4, { 4: { actor: "U0BEN" } })[3] ?? row) : row)),
      10,
      ["rewritten: row 4 was rewritten: row 5 does not follow it"],
    ],
    ["a row that is gone", without(4), 10, ["removed: row 4 was removed"]],
    [
      "rows that are gone",
      without(4, 5, 8),
      10,
      ["removed: the rows from 4 to 5 were removed", "removed: row 8 was removed"],
    ],
    ["the first rows gone", without(1, 2), 10, ["removed: the rows from 1 to 2 were removed"]],
    ["the last rows gone", without(9, 10), 10, ["cut-off: the rows from 9 to 10 were cut off at the end"]],
    ["everything gone", [], 10, ["cut-off: the rows from 1 to 10 were cut off at the end"]],
    [
      "a beginning that is none",
      aLog(2, { 1: { previous: "ab" } }),
      2,
      ["rewritten: row 1 was rewritten: it claims that one stood before it"],
    ],
  ])("%s shows", async (_, rows, written, findings) => {
    expect(await told(rows, [], written)).toEqual(findings);
  });

  test("which was edited throughout is told in twenty lines and a number", async () => {
    const all = aLog(50).map((row) => ({ ...row, actor: "U0BEN" }));
    const { findings, more } = await verified(all);
    expect([findings.length, more]).toEqual([20, 30]);
  });
});

describe("a log that was written anew from row 6 on, and holds by itself", () => {
  const anew = aLog(10, { 6: { actor: "U0BEN" } });

  test("does not bear out a head from after it; one from before narrows it down", async () => {
    expect(await told(anew)).toEqual([]);
    expect(await told(anew, [headOf(log, 8)])).toEqual([
      "rewritten: at least one of the rows from 1 to 8 was rewritten: row 8 is not the one that was published",
    ]);
    const heads = [3, 5, 6, 8, 10].map((seq) => headOf(log, seq));
    expect(await told(anew, heads)).toEqual([
      "rewritten: row 6 was rewritten: row 6 is not the one that was published",
    ]);
    expect((await verified(anew, heads)).borneOut).toBe(2);
    expect(await verified(anew, [headOf(log, 5)])).toMatchObject({ findings: [], borneOut: 1 });
  });

  test("against an earlier export names each row that says something else, and only those", async () => {
    const two = aLog(10, { 6: { actor: "U0BEN" }, 9: { detail: "{}" } });
    expect(await told(two, log)).toEqual([
      "rewritten: row 6 was rewritten: it was U0ANA request.pending r-6, by the export",
      "rewritten: row 9 was rewritten: it was U0ANA request.pending r-9, by the export",
    ]);
  });
});

describe("a head of a row", () => {
  test("that was cut off, its number too, shows what is missing", async () => {
    expect(await told(log.slice(0, 7), [headOf(log, 9)], 7)).toEqual([
      "cut-off: the rows from 8 to 9 were cut off at the end",
    ]);
    expect(await told([], [headOf(log, 9)])).toEqual(["cut-off: the rows from 1 to 9 were cut off at the end"]);
  });

  test("that is missing is told by the gap, once", async () => {
    expect(await told(without(4), [headOf(log, 4)])).toEqual(["removed: row 4 was removed"]);
  });

  test("is written as it is read", () => {
    const head = headOf(log, 7);
    expect(parseHead(` ${tellHead(head).toUpperCase()} `)).toEqual(head);
    for (const none of ["", "7", "7:ab", `0:${head.hash}`, `x:${head.hash}`, `7:${head.hash}0`]) {
      expect(parseHead(none)).toBeNull();
    }
  });
});
