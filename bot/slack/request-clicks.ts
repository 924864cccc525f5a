import type { types, webApi } from "@slack/bolt";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import { about, type Request } from "../domain/request.ts";
import { type ApprovalsDesk, fillForm } from "../operations/approvals-command.ts";
import { type Decided, isDecidedSince } from "../operations/decide-request.ts";
import type { StepUp } from "../operations/passkeys/ask-for-passkey.ts";
import type { Delivered } from "../operations/delivered.ts";
import { drawn } from "./drawn.ts";
import { openModal } from "./open-modal.ts";
import { type Actor, type PlanNeeds, tellOf } from "./redraw-plan.ts";
import { respondTo, whisper } from "./respond.ts";
import { approvedView, lateFormView } from "./views/approvals.ts";
import type { Message } from "./views/blocks.ts";
import { stepUpView } from "./views/passkeys.ts";
import { refusalView } from "./views/refusal.ts";
import { alreadyDecidedView } from "./views/request.ts";
import { requestForm } from "./views/request-forms.ts";
import type { Form } from "./views/request-menu.ts";
import { outdatedView, sentenceView } from "./views/sentence.ts";

export interface RequestNeeds extends PlanNeeds {
  desk: { approvals: ApprovalsDesk };
  decide(click: { id: string; user: string; verdict: "approve" }): Promise<Decided | StepUp | Refusal>;
  client: Pick<webApi.WebClient, "views" | "chat">;
  /** Where requests and receipts stand. */
  channel: string;
}

type Click = Extract<Delivered, { kind: "click" }>;

/** Opens the form that asks for the rest, unless what it is for is refused already. */
export async function askInForm(
  needs: RequestNeeds,
  click: Click,
  { form, id }: { form: Form; id: string },
): Promise<void> {
  const { approvals } = needs.desk;
  const { user } = click;
  const decides = form === "deny" || form === "withdraw" || form === "break-glass";
  const found = decides ? await approvals.check({ id, user, verdict: form }) : null;
  if (isRefusal(found)) return tellOf(needs, click, id, refusalView(found));
  if (found !== null) return tellOf(needs, click, id, alreadyDecidedView(found.request));
  const request = await approvals.find(id);
  if (request === null) return tellOf(needs, click, id, outdatedView);
  if (!(await openModal(needs.client, click, formAbout(form, request, click))))
    await tellOf(needs, click, id, lateFormView(form, id));
}

/** Does what a form about a request asks for, and answers where it was opened, or where that is over, in the channel. */
export async function answerForm(
  needs: RequestNeeds,
  filled: Extract<Delivered, { kind: "request-form" }>,
  since: number | undefined,
): Promise<void> {
  const { id, view } = filled;
  const outcome = await fillForm(needs.desk.approvals, filled, since);
  const answer = drawn(needs, outcome);
  if (!isRefusal(outcome) && outcome.kind === "step-up") return handLink(needs, filled, answer);
  if (view !== undefined) return tellOf(needs, filled, id, answer);
  await tellAlone(needs, filled, answer);
}

/** Approves, by the button; who asked is told where the message does not show it. */
export async function approve(needs: RequestNeeds, click: Click, since: number | undefined): Promise<void> {
  const { value: id, user } = click;
  const decided = await needs.decide({ id, user, verdict: "approve" });
  if ("stepUp" in decided) return handLink(needs, { ...click, id }, stepUpView(decided));
  await tellOf(needs, click, id, whatItCameTo(decided, click, since));
}

/** A link that decides is for one person's eyes, and for no store: a Home tab, which is kept, only says where it is. */
async function handLink(needs: RequestNeeds, by: Actor & { id: string }, link: Message): Promise<void> {
  if ((await tellAlone(needs, by, link)) === "there") return;
  const where = sentenceView(`Approving takes your passkey: the link to it waits in <#${needs.channel}>.`);
  await tellOf(needs, by, by.id, where);
}

/** Where they did it, or, where that is no place to answer or no longer, in the channel. Nothing of it is kept. */
async function tellAlone(
  { channel, client }: RequestNeeds,
  { user, responseUrl }: Actor,
  message: Message,
): Promise<"there" | "in the channel"> {
  if (await whisper(respondTo(responseUrl), message)) return "there";
  await client.chat.postEphemeral({ channel, user, ...message });
  return "in the channel";
}

/** null: what was clicked was done, and shows: the message itself is redrawn by the outbox. */
function whatItCameTo(
  decided: Decided | Refusal,
  { user, alone: inTheList }: Click,
  since: number | undefined,
): Message | null {
  // One of several approvals that this very click gave before it was cut off.
  if (isRefusal(decided) && decided.code === "already-approved" && since !== undefined) return null;
  if (isRefusal(decided)) return refusalView(decided);
  const { changed, request } = decided;
  if (!changed && !isDecidedSince(request, user, since)) return alreadyDecidedView(request);
  // Who clicked in the list does not see that message.
  return inTheList === true ? approvedView(request) : null;
}

/** The form of one thing to do with this request. `at`: where it is opened. */
export function formAbout(form: Form, request: Request, at: Pick<Actor, "responseUrl" | "view">): types.ModalView {
  return requestForm(form, {
    id: request.id,
    asksFor: about(request).asksFor,
    responseUrl: at.responseUrl,
    view: at.view,
  });
}
