import { about } from "../../domain/request.ts";
import { renewalLimits } from "../../domain/rollout.ts";
import { canIssue } from "../../domain/vault-health.ts";
import type { VaultHealth } from "../../domain/vault-health.ts";
import type { Outcome } from "../../operations/command.ts";
import { answerView } from "./answer.ts";
import type { Asked } from "./answer.ts";
import type { Message } from "./blocks.ts";
import { actedView, approvalsView, lateFormView } from "./approvals.ts";
import { callWhyView } from "./call-why.ts";
import { chainView } from "./chain.ts";
import { dryRunView } from "./dry-run.ts";
import { accessView } from "./firewall-access.ts";
import { snoozedView, wokenView } from "./expiry.ts";
import { formlessView } from "./firewall-modal.ts";
import { ruleHistoryView, ruleListView, ruleView } from "./firewall-rules.ts";
import { helpView } from "./help.ts";
import { withHidden } from "./hidden.ts";
import { intentionsView } from "./intentions.ts";
import { pairWhyView } from "./pair-why.ts";
import { enrolLinkView, passkeysView, stepUpView, withdrawnView } from "./passkeys.ts";
import { alreadyDecidedView } from "./request.ts";
import { sentenceView } from "./sentence.ts";
import { peopleNow } from "./standing-of.ts";
import { traceView } from "./trace.ts";
import { whyView } from "./why.ts";
import { code, plain, scoped } from "./words.ts";

/** What a command came to, as the one who asked sees it. */
export function outcomeView(outcome: Outcome, asked: Asked & { channel: string }): Message {
  switch (outcome.kind) {
    case "answer":
      return withHidden(answerView(outcome.answer, asked), outcome.hidden);
    case "help":
      return helpView(outcome.command, outcome.unknown);
    case "proposed": {
      const { id, approval, state } = outcome.request;
      if (state !== "pending") {
        return sentenceView(
          `🔄 certops ${plain(about(outcome.request).does)} (${code(id)}). What comes of it stands in <#${asked.channel}>.`,
        );
      }
      return sentenceView(
        `🔏 Asked for ${plain(about(outcome.request).asksFor)} (${code(id)}). It stands in <#${asked.channel}> until ${peopleNow(approval, asked.now)} decides.${warning(outcome.vault)}`,
      );
    }
    case "dry-run":
      return dryRunView(outcome.request, { now: asked.now, warning: warning(outcome.vault) });
    case "chain":
      return chainView(outcome.name, outcome.chains);
    case "why":
      return withHidden(whyView(outcome.name, outcome.why, asked.now), outcome.hidden);
    case "pair-why":
      return pairWhyView(outcome.why);
    case "trace":
      return traceView(outcome.trace);
    case "intentions":
      return intentionsView(outcome.list);
    case "call-why":
      return callWhyView(outcome.why);
    case "approvals":
      return approvalsView(outcome.list, asked.now);
    case "acted":
      return actedView(outcome);
    case "step-up":
      return stepUpView(outcome.stepUp);
    case "decided-before":
      return alreadyDecidedView(outcome.request);
    case "request-form":
      return lateFormView(outcome.form, outcome.request.id);
    case "firewall-form":
      return formlessView();
    case "rules":
      return ruleListView(outcome.list, asked);
    case "rule":
      return ruleView(outcome.rule, asked.now);
    case "rule-history":
      return ruleHistoryView(outcome.history);
    case "access":
      return accessView(outcome.check, asked.now);
    case "snoozed":
      return snoozedView(outcome.snooze, outcome.endings);
    case "woken":
      return wokenView(outcome.snooze);
    case "enrol-link":
      return enrolLinkView(outcome.link);
    case "passkeys":
      return passkeysView(outcome.passkeys);
    case "passkey-withdrawn":
      return withdrawnView(outcome.passkey);
    case "frozen":
      return sentenceView(`❄️ Frozen: ${scoped(outcome.freeze.scope)}. <#${asked.channel}> is told.`);
    case "thawed":
      return sentenceView(`🌤️ No longer frozen: ${scoped(outcome.freeze.scope)}. <#${asked.channel}> is told.`);
  }
}

function warning(vault: VaultHealth | null): string {
  if (vault === null || canIssue(vault)) return "";
  return `\n⚠️ Vault is ${vault.state}: once approved, the renewal waits for it up to ${renewalLimits.writeMs / 1_000} s, then fails.`;
}
