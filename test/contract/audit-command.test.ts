import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { appendAudit } from "../../bot/adapters/store/audit.ts";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { tellHead } from "../../bot/domain/audit-chain.ts";
import { startOperatorSocket } from "../../bot/operator-socket.ts";
import { certops } from "../support/certops.ts";
import { t0 } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();
const file = folder.file("certops.db");
const exported = folder.file("audit.jsonl");
let head = "";

/** Runs `certops audit …` to its end, on that folder. */
const audit = (...args: string[]) => certops(["--socket", folder.file("bot.sock"), "audit", ...args]);

function written(store: Store, from: number, to: number): Promise<void> {
  return store.db.transaction().execute(async (trx) => {
    for (let n = from; n <= to; n += 1) {
      const detail = { n, said: "naïve – 日本 \u202E\u009B31m", "1": null };
      await appendAudit(trx, { at: t0 + n, actor: "U0ANA", action: "request.pending", subject: `r-${n}`, detail });
    }
  });
}

beforeAll(async () => {
  await using store = await openStore(file, () => t0);
  await written(store, 1, 600);
  const last = await store.audit.head();
  head = last === null ? "" : tellHead(last);
  return () => folder[Symbol.dispose]();
});

describe("certops audit", () => {
  test("exports every row of a store that no bot has open, and holds the log against the export", async () => {
    const { status, stdout } = await audit("export");
    expect(status).toBe(0);
    writeFileSync(exported, stdout);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, n) => n + 1));
    expect(rows[1]).toMatchObject({
      actor: "U0ANA",
      subject: "r-2",
      detail: { n: 2, said: "naïve – 日本 \u202E\u009B31m" },
    });
    // As README.md says it, for whoever checks it without certops.
    const { action, actor, at, detail, previous, seq, subject, hash } = rows[1] ?? {};
    const hashed = JSON.stringify({ action, actor, at, detail: JSON.stringify(detail), previous, seq, subject });
    expect(hash).toBe(createHash("sha256").update(hashed).digest("hex"));
    // What others wrote does not steer the terminal that it is shown in.
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202E/u);

    const verified = await audit("verify", "--against", exported, "--head", head);
    expect(verified).toMatchObject({ status: 0, stderr: "" });
    expect(verified.stdout).toContain("The audit log holds: 600 rows, 2026-11-23 09:00:00 UTC to ");
    expect(verified.stdout).toContain(`head ${head}`);
    expect(verified.stdout).toContain("It bears out 601 of the 601");
  });

  test("asks the bot that runs there, and says of a store that something else has open that it is in use", async () => {
    await using store = await openStore(file, () => t0);
    const refused = await audit("verify");
    expect(refused).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("(store-in-use)") });

    const unused = (): never => {
      throw new Error("not asked for");
    };
    const needs = { run: unused, hold: unused, release: unused, status: unused, clock: unused };
    const log = { error: unused } as unknown as Parameters<typeof startOperatorSocket>[1]["log"];
    await using _socket = await startOperatorSocket(folder.file("bot.sock"), {
      ...needs,
      audit: () => store.audit.log(),
      track: (work) => work,
      log,
    });
    const asked = await audit("verify", "--json", "--head", head);
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(asked.stdout)).toMatchObject({ holds: true, rows: 600, head, borneOut: 1, findings: [] });
  });

  test("says which rows were rewritten or cut off by somebody who wrote the rest of the log anew", async () => {
    const anew = new DatabaseSync(file);
    anew.exec("DROP TRIGGER audit_is_never_edited; DROP TRIGGER audit_is_never_shortened; DELETE FROM audit");
    anew.exec("DELETE FROM sqlite_sequence WHERE name = 'audit'");
    anew.close();
    {
      await using store = await openStore(file, () => t0);
      await written(store, 1, 400);
      await store.audit.append({
        at: t0 + 401,
        actor: "U0BEN",
        action: "request.denied",
        subject: "r-401",
        detail: {},
      });
      await written(store, 402, 500);
    }
    expect(await audit("verify")).toMatchObject({ status: 0 });

    const byHead = await audit("verify", "--head", head);
    expect(byHead.status).toBe(1);
    expect(byHead.stdout).toContain("The audit log was changed: 500 rows");
    expect(byHead.stdout).toContain("  the rows from 501 to 600 were cut off at the end\n");

    const byExport = await audit("verify", "--against", exported);
    expect(byExport.status).toBe(1);
    expect(byExport.stdout).toContain("  row 401 was rewritten: it was U0ANA request.pending r-401, by the export\n");
    expect(byExport.stdout).toContain("It bears out 400 of the 600 that it was held against.");
  });

  test.each([
    [["verify", "--head", "12:abc"], 2, "12:abc is no head of an audit log."],
    [["verify", "--against", import.meta.filename], 2, "is no row of an audit log."],
    [["verify", "--against", "/nonesuch"], 2, "/nonesuch could not be read"],
    [["verify", "--nonsense"], 2, "certops audit --help lists them"],
  ])("%j ends with a sentence", async (args, status, said) => {
    expect(await audit(...args)).toMatchObject({ status, stdout: "", stderr: expect.stringContaining(said) });
  });

  test("without a bot and without a store says where it looked; without a verb, what there is", async () => {
    using away = temporaryFolder();
    expect(await audit("--socket", away.file("bot.sock"), "export")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`There is no store at ${away.file("certops.db")}.`),
    });
    expect(await audit()).toMatchObject({ status: 2, stdout: expect.stringContaining("certops audit verify [--head") });
  });
});
