import type { About } from "./asked.ts";
import type { FreezeInForce } from "./freeze.ts";

/** One request from the click to its effect, as every party tells it. */
export interface Trace {
  id: string;
  /** Oldest first. */
  rows: TraceRow[];
  /** What could not be read, and why: said, never guessed. */
  missing: { source: string; why: string }[];
  /** The freezes of the services it touches, now. */
  frozen: FreezeInForce[];
}

export interface TraceRow {
  at: number;
  /** Who tells it: `certops`, `vault audit`, `agent a-1`, `a-1`, `wire`, `consul`, `service-a`. */
  source: string;
  text: string;
  detail: Record<string, unknown>;
}

/** What one source told: its rows, or why there are none. */
export type Told = { source: string; rows: Omit<TraceRow, "source">[] } | { source: string; why: string };

export function layTrace(id: string, told: Told[], frozen: FreezeInForce[]): Trace {
  return {
    id,
    frozen,
    rows: told
      .flatMap((one) => ("rows" in one ? one.rows.map((row) => ({ ...row, source: one.source })) : []))
      .toSorted((a, b) => a.at - b.at),
    missing: told.flatMap((one) => ("why" in one ? [one] : [])),
  };
}

/** A row of the audit log in words. `tells`: of its request's kind. */
export function tellAudit(
  { action, actor, detail }: { action: string; actor: string; detail: Record<string, unknown> },
  tells: About<unknown>["tells"],
): string {
  switch (action) {
    case "request.pending":
      return `${actor} asked for it`;
    case "request.asked-again":
      return `${actor} asked for it again`;
    case "request.approved":
      if (detail.breakGlass === true) {
        return `${actor} let it through alone, by break-glass${withPasskey(detail)}${because(detail)}`;
      }
      return typeof detail.decidedBy === "string" && detail.decidedBy !== actor
        ? `${actor} asked for it, and ${detail.decidedBy} covers it`
        : `${actor} approved it${withPasskey(detail)}`;
    case "request.approved-in-part":
      return `${actor} approved it${withPasskey(detail)}; somebody else has to as well`;
    case "request.denied":
      return `${actor} denied it${because(detail)}`;
    case "request.withdrawn":
      return `${actor} withdrew it${because(detail)}`;
    case "request.commented":
      return `${actor} said: ${String(detail.text)}`;
    case "request.handed-over":
      return `${actor} asks ${String(detail.to)} to decide it`;
    case "request.reminded":
      return "those who are missing were reminded";
    case "request.escalated":
      return "nobody decided in time: the next ones are asked as well";
    case "request.expired":
      return "expired: nobody decided it in time";
    case "request.review-due":
      return "its review was asked for again";
    case "request.reviewed":
      return `${actor} reviewed it${detail.nobodyElse === true ? ", as its policy has nobody else" : ""}: ${String(detail.verdict)}${because(detail)}`;
    case "request.passkey-asked":
      return `${actor} was given a link to confirm ${String(detail.verdict)} with a passkey`;
    case "request.passkey-signed":
      return `${actor} signed ${String(detail.verdict)} with passkey ${String(detail.passkey)}`;
    case "request.click-refused":
      return `${actor} clicked ${String(detail.verdict)}, ${wasTold(detail)}`;
    case "request.passkey-refused":
      return `${actor} confirmed ${String(detail.verdict)} with a passkey, ${wasTold(detail)}`;
    case "job.cut-off":
      return "the bot was stopped meanwhile";
    case "job.resumed":
      return "went on after a restart";
    default:
      return (
        tells[action]?.(detail) ??
        (typeof detail.problem === "string" ? `${action.replace("request.", "")}: ${detail.problem}` : action)
      );
  }
}

const because = ({ reason }: Record<string, unknown>) => (typeof reason === "string" ? `: ${reason}` : "");
const withPasskey = ({ passkey }: Record<string, unknown>) =>
  typeof passkey === "string" ? `, confirmed with passkey ${passkey}` : "";

/** What a refusal said to that person. A row from before it was kept has its code. */
const wasTold = ({ told, code }: Record<string, unknown>) =>
  typeof told === "string" ? `and was told: ${told}` : `which was refused: ${String(code).replaceAll("-", " ")}`;
