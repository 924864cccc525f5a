import { type types, webApi } from "@slack/bolt";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import { about, type Request } from "../domain/request.ts";
import { type ApprovalsDesk, fillForm } from "../operations/approvals-command.ts";
import type { Decided } from "../operations/decide-request.ts";
import type { Clock, Delivered } from "../operations/ports.ts";
import { alone, respondTo, whisper } from "./respond.ts";
import { approvedView, lateFormView } from "./views/approvals.ts";
import { outcomeView } from "./views/outcome.ts";
import { refusalView } from "./views/refusal.ts";
import { alreadyDecidedView } from "./views/request.ts";
import { requestForm } from "./views/request-forms.ts";
import type { Form } from "./views/request-menu.ts";
import { outdatedView } from "./views/sentence.ts";

export interface RequestNeeds {
  desk: { approvals: ApprovalsDesk };
  decide(click: { id: string; user: string; verdict: "approve" }): Promise<Decided | Refusal>;
  client: Pick<webApi.WebClient, "views" | "chat">;
  /** Where requests and receipts stand. */
  channel: string;
  clock: Clock;
}

type Click = Extract<Delivered, { kind: "click" }>;

/** Opens the form that asks for the rest, unless what it is for is refused already. */
export async function askInForm(
  needs: RequestNeeds,
  { user, responseUrl, triggerId }: Click,
  { form, id }: { form: Form; id: string },
): Promise<void> {
  const { approvals } = needs.desk;
  const respond = respondTo(responseUrl);
  const decides = form === "deny" || form === "withdraw" || form === "break-glass";
  const found = decides ? await approvals.check({ id, user, verdict: form }) : null;
  if (isRefusal(found)) return whisper(respond, refusalView(found));
  if (found !== null) return whisper(respond, alreadyDecidedView(found.request));
  const request = await approvals.find(id);
  if (request === null) return whisper(respond, outdatedView);
  if (!(await openForm(needs, triggerId, formAbout(form, request, responseUrl))))
    await whisper(respond, lateFormView(form, id));
}

/** Does what a form about a request asks for, and answers where it was opened, or where that is over, in the channel. */
export async function answerForm(
  needs: RequestNeeds,
  filled: Extract<Delivered, { kind: "request-form" }>,
  since: number | undefined,
): Promise<void> {
  const { responseUrl, user } = filled;
  const { channel, client, clock, desk } = needs;
  const outcome = await fillForm(desk.approvals, filled, since);
  const asked = { args: [], page: 0, now: clock(), channel };
  const answer = isRefusal(outcome) ? refusalView(outcome) : outcomeView(outcome, asked);
  if (await respondTo(responseUrl)(alone(answer))) return;
  await client.chat.postEphemeral({ channel, user, ...answer });
}

/** Approves, by the button; who asked is told where the message does not show it. */
export async function approve(
  needs: RequestNeeds,
  { value: id, user, responseUrl, alone }: Click,
  since: number | undefined,
): Promise<void> {
  const decided = await needs.decide({ id, user, verdict: "approve" });
  // One of several approvals that this very click gave before it was cut off.
  if (isRefusal(decided) && decided.code === "already-approved" && since !== undefined) return;
  if (isRefusal(decided)) return whisper(respondTo(responseUrl), refusalView(decided));
  // The message itself is redrawn by the outbox.
  const { changed, request } = decided;
  const byThisClick = since !== undefined && request.decidedBy === user && (request.decidedAt ?? 0) >= since;
  if (!changed && !byThisClick) await whisper(respondTo(responseUrl), alreadyDecidedView(request));
  // Who clicked in the list does not see that message.
  else if (alone === true) await whisper(respondTo(responseUrl), approvedView(request));
}

/** The form of one thing to do with this request. */
export function formAbout(form: Form, request: Request, responseUrl: string | null): types.ModalView {
  return requestForm(form, { id: request.id, asksFor: about(request).asksFor, responseUrl });
}

/** false where Slack does not open it: its trigger is over after three seconds. */
export async function openForm(
  { client }: Pick<RequestNeeds, "client">,
  trigger_id: string | undefined,
  view: types.ModalView,
): Promise<boolean> {
  if (trigger_id === undefined) return false;
  try {
    await client.views.open({ trigger_id, view });
    return true;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && /^(?:expired|exchanged)_trigger/.test(error.data.error))
      return false;
    throw error;
  }
}
