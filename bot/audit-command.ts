import { once } from "node:events";
import { createReadStream } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { openAuditFile } from "./adapters/store/audit-file.ts";
import { auditOfLines, linesOfAudit } from "./audit-lines.ts";
import { type Log, parseHead, tellHead, verifyChain, type Witness } from "./domain/audit-chain.ts";
import { Failure } from "./errors.ts";
import { auditText } from "./terminal-audit.ts";
import type { Paint } from "./terminal.ts";

export const auditHelp = `certops audit: what happened, and whether the record of it is as it was written

  certops audit verify [--head <seq>:<hash>]... [--against <export>]
  certops audit export > audit.jsonl

  --head     a head as the channel has it: a log that was written anew since does not bear it out
  --against  an earlier export: names each row that is no longer what it was
  --json     what was found, as JSON

It asks the bot that runs here, and reads the store itself where none runs.
Exit status: 0 the log holds, 1 it was changed, 2 it could not be read.
`;

/** Writes what was found, or the log itself. Returns the exit status. */
export async function auditCommand(args: string[], of: { socket: () => string; paint: Paint }): Promise<number> {
  const { values, positionals } = options(args);
  const [, verb, ...more] = positionals;
  if (values.help || more.length > 0 || (verb !== "verify" && verb !== "export")) {
    process.stdout.write(auditHelp);
    return values.help ? 0 : 2;
  }
  const heads = (values.head ?? []).map(headOf);
  await using log = await open(values.socket ?? of.socket());
  if (verb === "export") {
    await pipeline(Readable.from(linesOfAudit(log.rows)), process.stdout).catch(unlessReadEnough);
    return 0;
  }
  const exported: Witness[] = [];
  if (values.against !== undefined) {
    for await (const row of auditOfLines(linesIn(createReadStream(values.against), values.against), values.against))
      exported.push(row);
  }
  const witnesses = [...exported, ...heads].toSorted((a, b) => a.seq - b.seq);
  const report = await verifyChain(log, witnesses);
  const holds = report.findings.length === 0;
  const { head, ...rest } = report;
  const text = values.json
    ? JSON.stringify({ holds, ...rest, head: head && tellHead(head) })
    : auditText(report, witnesses.length, of.paint);
  process.stdout.write(`${text}\n`);
  return holds ? 0 : 1;
}

/** Who reads it, such as `head`, may stop before its end. */
function unlessReadEnough(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
}

function options(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        socket: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        head: { type: "string", multiple: true },
        against: { type: "string" },
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(".")[0] ?? "") : "an option is not understood";
    throw new Failure("bad-option", message, "certops audit --help lists them", { cause });
  }
}

function headOf(text: string): Witness {
  const head = parseHead(text);
  if (head !== null) return head;
  throw new Failure(
    "bad-head",
    `${text} is no head of an audit log.`,
    "A head is a row's number, a colon and 64 hex digits, as the channel has it.",
  );
}

/** From the bot that runs, or from its store where none does. */
async function open(socketPath: string): Promise<Log & AsyncDisposable> {
  const asked = request({ socketPath, path: "/v1/audit" });
  asked.setTimeout(answerMs, () => asked.destroy(new Error("no answer in time")));
  asked.end();
  try {
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const written = Number(response.headers["x-audit-written"]);
    if (response.statusCode !== 200 || !Number.isInteger(written))
      throw new Error(`it answered ${response.statusCode}`);
    return {
      written,
      rows: auditOfLines(linesIn(response, socketPath), socketPath),
      [Symbol.asyncDispose]: async () => void response.destroy(),
    };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOENT" || code === "ECONNREFUSED") return openAuditFile(join(dirname(socketPath), "certops.db"));
    if (code === "EACCES") {
      throw new Failure("not-allowed", `you may not open ${socketPath}`, "be the user the bot runs as", { cause });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("no-answer", `the bot at ${socketPath} did not give its audit log: ${why}`, "look at its log", {
      cause,
    });
  }
}

/** Between two pieces of the answer. */
const answerMs = 30_000;

async function* linesIn(stream: Readable, from: string): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const piece of stream.setEncoding("utf8")) {
      const lines = `${rest}${String(piece)}`.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("not-read", `${from} could not be read to its end: ${why}`, "Try again.", { cause });
  }
  yield rest;
}
