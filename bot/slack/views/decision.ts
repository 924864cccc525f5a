import { decidersOf } from "../../domain/asked.ts";
import { about, type Request } from "../../domain/request.ts";
import type { Block } from "./blocks.ts";
import { code, person, plain, time } from "./words.ts";

/** How a request is drawn, by its kind: what its message says in each state. */
export interface Drawn {
  title: string;
  /** The sentences under the title. */
  said: string;
  /** What will happen and what is so now: everything to decide by, before the click. */
  proposal: Block[];
  /** The plan in a line, once it is decided. */
  inShort: string;
  /** What the bot saw itself. Empty where nothing was done. */
  receipt: Block[];
}

export const askedBy = ({ requester, reason }: Pick<Request, "requester" | "reason">) =>
  `Asked by ${person(requester)}: ${plain(reason)}`;

/** Ends "Approved …", "Denied …" and "Withdrawn …". */
export function decidedBy(request: Request): string {
  const { decidedAt } = request;
  const who = decidersOf(request).map(person).join(" and ") || person("unknown");
  return `by ${who}${decidedAt === null ? "" : ` · ${time(decidedAt)}`}`;
}

/** Said of every kind alike. */
export const denied = (request: Request) =>
  `Denied ${decidedBy(request)}${why(request)}\n${askedBy(request)}\nNothing was written.`;

export const withdrawn = (request: Request) =>
  `Withdrawn ${decidedBy(request)}${why(request)}\n${askedBy(request)}\nNothing was written.`;

const why = ({ decidedWhy }: Request) => (decidedWhy === null ? "" : `\n>${plain(decidedWhy)}`);

export const expired = (request: Request) =>
  `Nobody decided before ${time(request.expiresAt)}\n${askedBy(request)}\nNothing was written. ${askAgain(request)}`;

/** `what`: begins "… asked for" or "… approved". */
export function moved(request: Request, what: string): string {
  const problem = problemOf(request);
  const said =
    request.decidedBy === null ? `asked for.${problem}` : `approved.${problem}\nApproved ${decidedBy(request)}`;
  return `${what} ${said}\n${askedBy(request)}\nNothing was written. ${next(request)}`;
}

function next(request: Request): string {
  const { howItStands } = about(request);
  return howItStands === undefined ? askAgain(request) : `See how it stands: ${code(howItStands)}.`;
}

export const askAgain = (request: Request) => `Ask again with ${code(about(request).askAgain)}.`;

/** Why it did not end well, set apart; empty where it did. */
export const problemOf = ({ receipt }: Pick<Request, "receipt">) =>
  receipt?.problem ? `\n>${plain(receipt.problem)}` : "";
