import { about, type Request } from "../../domain/request.ts";
import type { Turn } from "../../domain/turn.ts";
import type { OwnAttention } from "../../operations/attention.ts";
import { actions, button, confirmed, named, section } from "./blocks.ts";
import type { HomeRow } from "./home-pages.ts";
import { approveAction, denyAction, draw, type DrawnAt, howBesides, whoDecides } from "./request.ts";
import { handedText } from "./standing-of.ts";
import { withoutMarkup } from "./sentence.ts";
import { code, person, plain, time } from "./words.ts";

/** Shows the whole plan of a request. */
export const planAction = "request_plan";

/** A request that waits: what it asks for, and what this person can do about it. */
export function pendingRow({ request, turn }: OwnAttention["pending"][number], at: DrawnAt): HomeRow {
  const { id } = request;
  const { title, said, inShort } = draw(request);
  const decision = turn === "you" ? [approve(request), button("Deny", denyAction, id, "danger")] : [];
  const buttons = actions([...decision, button("See the plan", planAction, id)]);
  return {
    about: id,
    blocks: [
      named(
        id,
        section(
          `*${plain(title)}*  ${code(id)}\n${said}\n${inShort}\n${waitsFor(request, turn, at)}${handedLine(request)}`,
        ),
      ),
      ...(buttons === null ? [] : [named(`decide-${id}`, buttons)]),
    ],
  };
}

function approve(request: Request) {
  const { title, inShort } = draw(request);
  const asked = { title: "Approve it?", text: `${title} ${withoutMarkup(inShort)}`, yes: "Approve" };
  return confirmed(button("Approve", approveAction, request.id, "primary"), asked);
}

const whose: Record<Turn, string> = { you: "👉 It waits for you: ", yours: "You asked for it: ", others: "" };

function waitsFor(request: Request, turn: Turn, at: DrawnAt): string {
  return `${whose[turn]}${whoDecides(request, at)} until ${time(request.expiresAt)}${howBesides(request, at)}`;
}

function handedLine(request: Request): string {
  const handed = handedText(request);
  return handed === null ? "" : `\nHanded over ${handed}`;
}

export const runningLine = (request: Request): string =>
  `🔄 *${plain(about(request).subject)}* ${code(request.id)} ${plain(about(request).does)}, approved by ${person(request.decidedBy ?? "unknown")}`;
