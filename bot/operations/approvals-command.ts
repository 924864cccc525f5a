import type { Verdict } from "../domain/approval.ts";
import type { FieldProblem } from "../domain/forms.ts";
import { mentionedIn } from "../domain/mention.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { noSuchRequest, type Request } from "../domain/request.ts";
import type { Outcome } from "./command.ts";
import { type Decided, type Deciding, isDecidedSince } from "./decide-request.ts";
import type { OpenRequests } from "./list-approvals.ts";
import type { StepUp } from "./passkeys/ask-for-passkey.ts";
import type { RequestForm } from "./delivered.ts";
import { type Verb, verbs } from "./verbs.ts";

/** The operations behind `/approvals`, and behind the buttons and forms of a request. */
export interface ApprovalsDesk {
  list(user: string): Promise<OpenRequests>;
  find(id: string): Promise<Request | null>;
  decide(deciding: Deciding): Promise<Decided | StepUp | Refusal>;
  /** Whether a click may go on to its form; null: it may. */
  check(click: { id: string; user: string; verdict: Verdict }): Promise<Decided | Refusal | null>;
  /** What is wrong with a form about a request; empty: nothing. */
  objections(filled: RequestForm): Promise<FieldProblem[] | Refusal>;
  comment(said: Said): Promise<Request | Refusal>;
  handOver(said: Said & { to: string }): Promise<Request | Refusal>;
  review(found: {
    id: string;
    user: string;
    verdict: "justified" | "not-justified";
    note: string;
  }): Promise<Request | Refusal>;
}

interface Said {
  id: string;
  user: string;
  text: string;
  since?: number | undefined;
}

/** What was typed after `/approvals`. */
export async function runApprovals(
  desk: ApprovalsDesk,
  verb: Verb<"/approvals">,
  { words, user, since }: { words: string[]; user: string; since: number | undefined },
): Promise<Outcome | Refusal> {
  if (verb === "help") return { kind: "help", command: "/approvals" };
  if (verb === "list") return { kind: "approvals", list: await desk.list(user) };
  const [typed, ...rest] = words;
  if (typed === undefined) return missing(verb);
  const id = typed.toLowerCase();
  const form: RequestForm = { kind: "request-form", form: verb, user, id, text: "", to: "", justified: true };
  if (rest.length === 0 && verb !== "withdraw") return withForm(desk, form);
  switch (verb) {
    case "hand-over": {
      const to = idIn(rest[0] ?? "");
      if (to === null) return missing(verb);
      return fillForm(desk, { ...form, to, text: rest.slice(1).join(" ") }, since);
    }
    case "review": {
      const [first, ...note] = rest;
      const justified = first !== "not-justified";
      return fillForm(desk, { ...form, justified, text: (justified ? rest : note).join(" ") }, since);
    }
    case "deny":
    case "withdraw":
    case "comment":
    case "break-glass":
      return fillForm(desk, { ...form, text: rest.join(" ") }, since);
  }
}

/** What a form asks for, done. `since`: it is done again, after it was cut off. */
export async function fillForm(
  desk: ApprovalsDesk,
  { form, id, user, text, to, justified }: RequestForm,
  since: number | undefined,
): Promise<Outcome | Refusal> {
  switch (form) {
    case "deny":
    case "withdraw":
    case "break-glass": {
      const decided = await desk.decide({ id, user, verdict: form, reason: text });
      if (isRefusal(decided)) return decided;
      if ("stepUp" in decided) return { kind: "step-up", stepUp: decided };
      const { request, changed } = decided;
      return changed || isDecidedSince(request, user, since)
        ? { kind: "acted", form, request }
        : { kind: "decided-before", request };
    }
    case "comment":
      return acted(form, await desk.comment({ id, user, text, since }));
    case "hand-over":
      return acted(form, await desk.handOver({ id, user, text, to, since }));
    case "review": {
      const found = await desk.review({ id, user, verdict: justified ? "justified" : "not-justified", note: text });
      const again = isRefusal(found) && found.code === "already-reviewed" && since !== undefined;
      const request = again ? await desk.find(id) : null;
      return request?.review?.by === user ? { kind: "acted", form, request } : acted(form, found);
    }
  }
}

const acted = (form: RequestForm["form"], request: Request | Refusal): Outcome | Refusal =>
  isRefusal(request) ? request : { kind: "acted", form, request };

/** Without more words a form asks for them, unless what it is for is refused already: as of the button. */
async function withForm(desk: ApprovalsDesk, form: RequestForm): Promise<Outcome | Refusal> {
  const request = await desk.find(form.id);
  if (request === null) return noSuchRequest(form.id);
  const { id, user } = form;
  const found =
    form.form === "deny" || form.form === "break-glass" ? await desk.check({ id, user, verdict: form.form }) : null;
  if (isRefusal(found)) return found;
  if (found !== null) return { kind: "decided-before", request: found.request };
  return { kind: "request-form", form: form.form, request };
}

/** Who is meant, as Slack escapes them or by the id itself. */
const idIn = (word: string): string | null => mentionedIn(word) ?? /^[UW][A-Z0-9]{2,}$/.exec(word)?.[0] ?? null;

const missing = (verb: Verb<"/approvals">) =>
  refuse(
    "missing-argument",
    `Write: /approvals ${verbs["/approvals"][verb].usage}`,
    "A request's id, such as r-abcd2345, stands in its message and in the list: /approvals",
  );
