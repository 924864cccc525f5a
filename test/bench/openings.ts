import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { enterHost } from "../../lab/demo/on-host.ts";
import { APPROVE, buttonOf, type Message, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { environment } from "../../lab/firewall/isolation.ts";
import type { LabState } from "../../lab/state.ts";
import { askSocket } from "../../lab/unix-http.ts";

const run = promisify(execFile);
const DEADLINE_MS = 120_000;

/** One rule that was asked for, approved, and taken back afterwards. Milliseconds. */
export interface Opening {
  /** Typed until the plan stands in the channel: CTS was asked what it would do. */
  typedToPlan: number;
  /** From the click until the first connection from service-a's host to service-b's, seen there. */
  clickToPass: number;
  /** The part of the bot and of CTS's plan, which has to be the approved one. */
  clickToRun: number;
  /** The part of Terraform and nft. */
  runToPass: number;
}

/** Opens the way from service-a to service-b by a click, and closes it again. */
export async function openOnce(state: LabState): Promise<Opening> {
  const workspace = new Workspace(state);
  const typed = Date.now();
  const plan = await workspace.planFor("/firewall request service-a service-b tcp/8443 1d bench", DEADLINE_MS);
  const typedToPlan = Date.now() - typed;
  const id = buttonOf(plan, APPROVE) ?? "";
  const watching = firstPassage(state);
  const clicked = await click(workspace, plan);
  const [passed] = await Promise.all([watching, ended(workspace, plan, "is open")]);
  if (passed.tries === 1) throw new Error("the way was open before the click");
  const begun = await runAt(state, id);
  const removal = await workspace.planFor(`/firewall remove ${id} bench`, DEADLINE_MS);
  await click(workspace, removal);
  await ended(workspace, removal, "is closed");
  return {
    typedToPlan,
    clickToPass: passed.at - clicked,
    clickToRun: begun - clicked,
    runToPass: passed.at - begun,
  };
}

async function click(workspace: Workspace, message: Message): Promise<number> {
  const clicked = Date.now();
  await workspace.click("ben", message, APPROVE);
  return clicked;
}

async function ended(workspace: Workspace, { ts }: Message, title: string): Promise<void> {
  const look = async () => {
    const [now = ""] = (await workspace.seenBy("ben")).filter((one) => one.ts === ts).map((one) => wordsOf(one)[0]);
    if (/^(↩️|❌|🚫)/.test(now)) throw new Error(now);
    return now.includes(title) ? true : null;
  };
  await eventually(title, look, AbortSignal.timeout(DEADLINE_MS), 100);
}

/** Tries every 20 ms, each time over a new connection. */
const tries = `
  const { connect } = require("node:net");
  let tries = 0;
  const [host, port] = process.argv.slice(1);
  setInterval(() => {
    tries += 1;
    const socket = connect({ host, port: Number(port), timeout: 500 });
    socket.on("error", () => {}).on("timeout", () => socket.destroy());
    socket.on("connect", () => {
      console.log(JSON.stringify({ at: Date.now(), tries }));
      process.exit();
    });
  }, 20);`;

const passageSchema = z.object({ at: z.number(), tries: z.number() });

/** On service-a's host: when a connection to service-b's came to be, and how many had been begun by then. */
async function firstPassage(state: LabState): Promise<z.infer<typeof passageSchema>> {
  const services = state.firewall?.services ?? [];
  const [from, to] = ["service-a", "service-b"].map((name) => services.find(({ service }) => service === name));
  if (!from || !to) throw new Error("the lab lacks a service behind its firewall");
  const [program, ...words] = enterHost(state, from.on);
  const command = [process.execPath, "--eval", tries, to.address, String(to.servesAt)];
  const { stdout } = await run(program, [...words, ...command], { env: environment(), timeout: DEADLINE_MS });
  return passageSchema.parse(JSON.parse(stdout));
}

const rowsSchema = z.array(z.looseObject({ at: z.number(), text: z.string() }));
const traceSchema = z.object({ data: z.object({ trace: z.object({ rows: rowsSchema }) }) });

/** When the bot had CTS run, as its own trace tells. */
async function runAt(state: LabState, id: string): Promise<number> {
  const body = { args: ["trace", id], user: "operator:bench" };
  const answer = await askSocket(state.files.botSocket, { method: "POST", path: "/v1/cert", body }, DEADLINE_MS);
  const { rows } = traceSchema.parse(answer.body).data.trace;
  const row = rows.find(({ text }) => text.startsWith("CTS plans exactly"));
  if (row === undefined) throw new Error(`the trace of ${id} does not tell when CTS was to run`);
  return row.at;
}
