import type { types } from "@slack/bolt";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { isAction } from "../operations/check-intention.ts";
import { noSuchService } from "../operations/check-renewal.ts";
import type { Outcome } from "../operations/command.ts";
import { noFirewall } from "../operations/firewall/firewall-command.ts";
import { noMesh } from "../operations/mesh-command.ts";
import type { Delivered } from "../operations/delivered.ts";
import { drawn } from "./drawn.ts";
import { openModal } from "./open-modal.ts";
import { drawPlan } from "./redraw-plan.ts";
import { tell } from "./tell.ts";
import { requestModal } from "./views/firewall-modal.ts";
import { firewallFormAction } from "./views/home.ts";
import { homeNext, homePagesOf, homePrevious } from "./views/home-pages.ts";
import { planAction } from "./views/home-requests.ts";
import { intentionAction, intentionModal } from "./views/intention-modal.ts";
import { refusalView } from "./views/refusal.ts";
import { renewAction, renewalModal } from "./views/renewal-modal.ts";
import { sentenceView } from "./views/sentence.ts";
import type { WorkNeeds } from "./work-off.ts";

type Click = Extract<Delivered, { kind: "click" }>;
type Form = Extract<Delivered, { kind: "renewal-form" | "intention-form" }>;

/** What is clicked in the Home tab besides decisions. false: it is none of it. */
export async function homeClick(needs: WorkNeeds, click: Click, since: number | undefined): Promise<boolean> {
  const { action, value, user } = click;
  switch (action) {
    case homePrevious:
    case homeNext: {
      const pages = homePagesOf(value);
      if (pages === null) return false;
      await needs.homes.turn(user, pages);
      return true;
    }
    case planAction:
    case renewAction:
    case intentionAction:
    case firewallFormAction: {
      const view = await modalFor(needs, click);
      const about = value === "" ? null : value;
      if (isRefusal(view)) await tell(needs.homes, click, refusalView(view), about);
      // Of a click that was cut off the trigger is long over.
      else if (!(await openModal(needs.client, since === undefined ? click : {}, view)))
        await tell(needs.homes, click, tooLate, about);
      return true;
    }
    default:
      return false;
  }
}

async function modalFor(needs: WorkNeeds, { action, value, user }: Click): Promise<types.ModalView | Refusal> {
  const { desk, channel } = needs;
  switch (action) {
    case planAction: {
      const request = await needs.requests.find(value);
      return request === null ? notFound(value) : drawPlan(needs, request, null);
    }
    case intentionAction:
      return desk.mesh === null ? noMesh : intentionModal({ channel });
    case firewallFormAction:
      return desk.firewall === null
        ? noFirewall
        : requestModal({ user, responseUrl: null, policy: desk.firewall.policy });
    default:
      // One that left certops.yaml meanwhile could not be taken from the menu either.
      return renewalModal({ service: desk.services.has(value) ? value : "", channel });
  }
}

/** Opens what a form asks for; what comes of it stands in the Home tab. */
export async function askedAtHome(needs: WorkNeeds, form: Form, since: number | undefined): Promise<void> {
  const { homes, desk } = needs;
  const asked = await ask(needs, form, since);
  const outcome: Outcome | Refusal = isRefusal(asked)
    ? asked
    : { kind: "proposed", request: asked, vault: asked.kind === "renewal" ? desk.vault() : null };
  const about = isRefusal(asked) ? null : asked.id;
  await tell(homes, { user: form.user, responseUrl: null }, drawn(needs, outcome), about);
}

async function ask({ desk }: WorkNeeds, form: Form, since: number | undefined): Promise<Request | Refusal> {
  const { user: requester, fields } = form;
  if (form.kind === "renewal-form") {
    const service = desk.services.get(form.fields.service);
    return service === undefined
      ? noSuchService(desk.services, form.fields.service)
      : desk.renew({ service, requester, reason: fields.reason, since });
  }
  const { source, destination, action, reason } = form.fields;
  if (desk.mesh === null || !isAction(action)) return noMesh;
  return desk.mesh.ask({ source, destination, action, requester, reason, since });
}

const notFound = (id: string): Refusal => ({
  refused: true,
  code: "not-found",
  message: `There is no request ${id}.`,
  hint: "It may be from before the store was made anew.",
});

const tooLate = sentenceView("⌛ That could not be opened in time: Slack gives three seconds for it. Click once more.");
