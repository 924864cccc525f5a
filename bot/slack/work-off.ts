import type { types } from "@slack/bolt";
import type { FirewallRequest } from "../domain/firewall/firewall-request.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { runCommand, wordsOf } from "../operations/command.ts";
import type { Desk, Outcome } from "../operations/command.ts";
import { type FirewallDesk, noFirewall } from "../operations/firewall/firewall-command.ts";
import type { Delivered } from "../operations/delivered.ts";
import { type Command, commandOf } from "../operations/verbs.ts";
import type { BlockChoice } from "./block-choice.ts";
import { drawn } from "./drawn.ts";
import type { HomeTabs } from "./home-tabs.ts";
import { openModal } from "./open-modal.ts";
import { answerForm, approve, askInForm, formAbout, type RequestNeeds } from "./request-clicks.ts";
import { alone, respondDrawn, respondTo } from "./respond.ts";
import { tell, tellAtMessage } from "./tell.ts";
import { askedAtHome, homeClick } from "./work-home.ts";
import type { Message } from "./views/blocks.ts";
import { renewAction, snoozeAction, snoozedView, wakeAction, wokenView } from "./views/expiry.ts";
import { type FormFor, requestModal } from "./views/firewall-modal.ts";
import { extendAction, letGoAction, letGoView, reapplyAction } from "./views/firewall-notices.ts";
import { tellFlow } from "./views/firewall-words.ts";
import { asksForAccess, placeOf } from "./views/hidden.ts";
import { openAction } from "./views/passkeys.ts";
import { nextPage, pageOf, previousPage } from "./views/paging.ts";
import { refusalView } from "./views/refusal.ts";
import { approveAction, denyAction } from "./views/request.ts";
import { moreAction, picked } from "./views/request-menu.ts";
import { outdatedView } from "./views/sentence.ts";
import { snoozeFormlessView, snoozeModal } from "./views/snooze-modal.ts";
import { reviewAction } from "./views/standing-of.ts";

export interface WorkNeeds extends RequestNeeds {
  desk: Desk;
  blocks: BlockChoice;
  homes: Pick<HomeTabs, "opened" | "turn" | "tell" | "look">;
}

/**
 * Does what was asked for in Slack, and answers. `since`: when it was delivered to a bot that was cut off in its
 * midst. What that one had done already is then not done twice, and answered as if it had been done now.
 */
export async function workOff(needs: WorkNeeds, delivered: Delivered, since?: number): Promise<void> {
  await work(needs, delivered, since);
  needs.homes.look();
}

async function work(needs: WorkNeeds, delivered: Delivered, since: number | undefined): Promise<void> {
  switch (delivered.kind) {
    case "command":
      return command(needs, delivered, since);
    case "submission": {
      const { user: requester, fields } = delivered;
      return tell(needs.homes, delivered, await proposal(needs, (desk) => desk.request({ fields, requester, since })));
    }
    case "snooze":
      return snooze(needs, delivered);
    case "renewal-form":
    case "intention-form":
      return askedAtHome(needs, delivered, since);
    case "request-form":
      return answerForm(needs, delivered, since);
    case "click":
      return click(needs, delivered, since);
    case "home":
      return needs.homes.opened(delivered.user);
  }
}

async function command(
  needs: WorkNeeds,
  { command: name, text, user, responseUrl, triggerId }: Extract<Delivered, { kind: "command" }>,
  since: number | undefined,
): Promise<void> {
  const typed = { command: commandOf(name), args: wordsOf(text), user, ...(since !== undefined && { since }) };
  const outcome = await runCommand(needs.desk, typed);
  // Of one that was cut off the trigger is long over.
  const form = isRefusal(outcome) || since !== undefined ? null : formFor(outcome, { user, responseUrl });
  const opened = form !== null && (await openModal(needs.client, { triggerId }, form));
  if (opened) return;
  const { blocks } = needs;
  await respondDrawn(responseUrl, blocks, () =>
    alone(drawn(needs, outcome, { args: typed.args, page: 0, newest: blocks.newest() })),
  );
}

/** The form that an outcome asks to be filled in; null: it asks for none. */
function formFor(outcome: Outcome, by: Pick<FormFor, "user" | "responseUrl">): types.ModalView | null {
  if (outcome.kind === "firewall-form") return requestModal({ ...by, policy: outcome.policy });
  return outcome.kind === "request-form" ? formAbout(outcome.form, outcome.request, by) : null;
}

type Click = Extract<Delivered, { kind: "click" }>;

async function click(needs: WorkNeeds, delivered: Click, since: number | undefined): Promise<void> {
  const { action, value, user, responseUrl } = delivered;
  const answer = (message: Message) => tellAtMessage(needs, delivered, message);
  if (asksForAccess(action)) {
    const place = placeOf(value);
    if (place === null) return answer(outdatedView);
    return answer(await proposal(needs, (desk) => desk.access({ ...place, requester: user, since })));
  }
  switch (action) {
    case approveAction:
      return approve(needs, delivered, since);
    case denyAction:
      return askInForm(needs, delivered, { form: "deny", id: value });
    case reviewAction:
      return askInForm(needs, delivered, { form: "review", id: value });
    case moreAction: {
      const wanted = picked(value);
      return wanted === null ? answer(outdatedView) : askInForm(needs, delivered, wanted);
    }
    case previousPage:
    case nextPage: {
      const state = pageOf(value);
      if (state === null) return answer(outdatedView);
      const { command: name, args, page } = state;
      const typed = { command: name, text: args.join(" "), user, since } as const;
      const outcome = await runTyped(needs, typed);
      await respondDrawn(responseUrl, needs.blocks, () => {
        const drawing = drawn(needs, outcome, { args, page, newest: needs.blocks.newest() });
        return { replace_original: true, ...drawing };
      });
      return;
    }
    case extendAction: {
      const asked = { rule: value, valid: "", requester: user, reason: "It is still needed.", since };
      return answer(await proposal(needs, (desk) => desk.extend(asked)));
    }
    case letGoAction:
      return letGo(needs, delivered);
    case renewAction:
      return renew(needs, delivered, since);
    case snoozeAction:
      return askSnooze(needs, delivered, since);
    case wakeAction: {
      const woken = await needs.desk.wake({ what: value, user });
      return tellAtMessage(needs, delivered, isRefusal(woken) ? refusalView(woken) : wokenView(woken), value);
    }
    case openAction:
      return;
    case reapplyAction:
      return answer(await proposal(needs, (desk) => desk.reapply({ user, since })));
    default:
      return (await homeClick(needs, delivered, since)) ? undefined : answer(outdatedView);
  }
}

/** From a notice: the same as `/cert renew`. */
async function renew(needs: WorkNeeds, click: Click, since: number | undefined): Promise<void> {
  const { value, user } = click;
  const typed = { command: "/cert", text: `renew ${value} ${endsSoon}`, user, since } as const;
  await tellAtMessage(needs, click, drawn(needs, await runTyped(needs, typed)), value);
}

const endsSoon = "It ends soon, as its notice says.";

async function askSnooze(needs: WorkNeeds, click: Click, since: number | undefined): Promise<void> {
  const { value: subject, responseUrl } = click;
  const opened = since === undefined && (await openModal(needs.client, click, snoozeModal({ subject, responseUrl })));
  if (!opened) await tellAtMessage(needs, click, snoozeFormlessView(subject), subject);
}

async function snooze(needs: WorkNeeds, form: Extract<Delivered, { kind: "snooze" }>): Promise<void> {
  const { subject, fields, user } = form;
  const done = await needs.desk.snooze({ what: subject, ...fields, user });
  const told = isRefusal(done) ? refusalView(done) : snoozedView(done.snooze, done.endings);
  return tellAtMessage(needs, form, told, subject);
}

/** What a button or a form asks of the firewall, and the answer to it. */
async function proposal(
  needs: WorkNeeds,
  ask: (desk: FirewallDesk) => Promise<FirewallRequest | Refusal>,
): Promise<Message> {
  const { firewall } = needs.desk;
  const request = firewall === null ? noFirewall : await ask(firewall);
  return drawn(needs, isRefusal(request) ? request : { kind: "proposed", request, vault: null });
}

async function letGo(needs: WorkNeeds, click: Click): Promise<void> {
  const { value: id, user, responseUrl } = click;
  const { firewall } = needs.desk;
  const rule = firewall === null ? noFirewall : await firewall.letGo({ id, user });
  if (isRefusal(rule)) return tellAtMessage(needs, click, refusalView(rule));
  const settled = letGoView({ id, flow: tellFlow(rule.rule), user, until: rule.until });
  if (await respondTo(responseUrl)({ replace_original: true, ...settled })) return;
  await tellAtMessage(needs, click, settled);
}

interface Typed {
  command: Command;
  text: string;
  user: string;
  since: number | undefined;
}

function runTyped(needs: WorkNeeds, { command: name, text, user, since }: Typed): Promise<Outcome | Refusal> {
  return runCommand(needs.desk, { command: name, args: wordsOf(text), user, ...(since !== undefined && { since }) });
}
