import type { Answer } from "./domain/answer.ts";
import { tellDuration } from "./domain/duration.ts";
import { requestUsage } from "./domain/firewall/parse-request.ts";
import { tellPair } from "./domain/intention.ts";
import type { Refusal } from "./domain/refusal.ts";
import { about } from "./domain/request.ts";
import type { Trace } from "./domain/trace.ts";
import { utc } from "./domain/utc.ts";
import { canIssue, type VaultHealth } from "./domain/vault-health.ts";
import type { ServedChain } from "./operations/explain-chain.ts";
import type { PairWhy } from "./operations/explain-pair.ts";
import type { EndpointWhy } from "./operations/explain-why.ts";
import type { Outcome } from "./operations/command.ts";
import { type Command, verbs } from "./operations/verbs.ts";
import { accessText, hiddenLines, ruleHistoryText, ruleListText, ruleText } from "./terminal-firewall.ts";
import { actedText, approvalsText } from "./terminal-approvals.ts";
import { dryRunText } from "./terminal-dry-run.ts";
import { callText, intentionsText } from "./terminal-mesh.ts";
import { enrolLinkText, passkeysText, stepUpText } from "./terminal-passkeys.ts";
import { revokedText } from "./terminal-revoked.ts";
import { leftOf, rowsText } from "./terminal-rows.ts";
import { passkeyCode } from "./domain/passkey.ts";

/** Colours a word, or leaves it as it is. */
export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow" | "cyan", text: string) => string;

const unpainted: Paint = (_, text) => text;

/** What a command came to, for a terminal. */
export function renderText(outcome: Outcome, now: number, paint: Paint = unpainted): string {
  switch (outcome.kind) {
    case "answer":
      return [answerText(outcome.answer, now, paint), ...hiddenLines(outcome.hidden, paint)].join("\n");
    case "help":
      return helpText(outcome.command, outcome.unknown, paint);
    case "proposed":
      return proposedText(outcome, paint);
    case "dry-run":
      return [...dryRunText(outcome.request, now, paint), ...vaultLines(outcome.vault, paint)].join("\n");
    case "chain":
      return [
        ...new Set(outcome.chains.flatMap(({ frozen }) => frozenLines(frozen, paint))),
        ...outcome.chains.map((chain) => chainText(chain, paint)),
      ].join("\n");
    case "why":
      return [
        ...frozenLines(outcome.why.frozen, paint),
        ...outcome.why.missing.map(({ id, why }) => `${paint("bold", id)}  ${paint("red", "does not run")}\n  ${why}`),
        ...outcome.why.endpoints.map((one) => whyText(one, paint)),
        ...revokedText(outcome.why.revocations, paint),
        ...(outcome.why.schedulerProblem === null
          ? []
          : [paint("yellow", `where its instances run is not known: ${outcome.why.schedulerProblem}`)]),
        ...outcome.why.refusedCalls.map((call) => callText(call, paint)),
        ...(outcome.why.meshProblem === null
          ? []
          : [paint("yellow", `calls in the mesh are not known: ${outcome.why.meshProblem}`)]),
        ...hiddenLines(outcome.hidden, paint),
      ].join("\n");
    case "pair-why":
      return pairText(outcome.why, paint);
    case "trace":
      return traceText(outcome.trace, paint);
    case "intentions":
      return [...frozenLines(outcome.list.frozen, paint), intentionsText(outcome.list, paint)].join("\n");
    case "approvals":
      return approvalsText(outcome.list, now, paint);
    case "acted":
      return actedText(outcome);
    case "step-up":
      return stepUpText(outcome.stepUp);
    case "decided-before":
      return `${outcome.request.id} is ${outcome.request.state} already: nothing was changed.`;
    case "request-form":
      return `There is no form in a terminal. Write: certops approvals ${verbs["/approvals"][outcome.form].usage}`;
    case "firewall-form":
      return `There is no form in a terminal. Write: certops firewall ${requestUsage}`;
    case "rules":
      return [...frozenLines(outcome.list.frozen, paint), ruleListText(outcome.list, now, paint)].join("\n");
    case "rule":
      return ruleText(outcome.rule, now, paint);
    case "rule-history":
      return ruleHistoryText(outcome.history, paint);
    case "access":
      return accessText(outcome.check, now, paint);
    case "call-why":
      return [...frozenLines(outcome.why.frozen, paint), callText(outcome.why, paint)].join("\n");
    case "snoozed":
      return `Nothing new is told of ${outcome.snooze.subject} until ${utc(outcome.snooze.until)}: ${outcome.snooze.reason}`;
    case "woken":
      return `${outcome.snooze.subject} is told of again.`;
    case "enrol-link":
      return enrolLinkText(outcome.link, paint);
    case "passkeys":
      return passkeysText(outcome.passkeys, paint);
    case "passkey-withdrawn":
      return `passkey ${passkeyCode(outcome.passkey)} of ${outcome.passkey.user} is withdrawn`;
    case "frozen":
      return `${scopeName(outcome.freeze.scope)} frozen: ${outcome.freeze.reason}\n${standstill}`;
    case "thawed":
      return `${scopeName(outcome.freeze.scope)} no longer frozen (it was by ${outcome.freeze.by}: ${outcome.freeze.reason})`;
  }
}

export function renderRefusal({ code, message, hint }: Refusal, paint: Paint = unpainted): string {
  return `${paint("red", inTerminal(message))}\n${inTerminal(hint)}  ${paint("dim", `(${code})`)}`;
}

function answerText(answer: Answer, now: number, paint: Paint): string {
  const age = answer.asOf === null ? "nothing was looked at yet" : `seen ${tellDuration(now - answer.asOf)} ago`;
  return [
    `${paint("bold", answer.title)}  ${paint("dim", age)}`,
    ...frozenLines(answer.frozen, paint),
    ...(answer.rows.length + answer.ground.length === 0 ? ["nothing"] : []),
    ...(answer.rows.length === 0 ? [] : [rowsText(answer.rows, paint)]),
    ...(answer.more ? [paint("yellow", "and more that nobody watches: ask for less")] : []),
    ...(answer.unknown.length === 0 ? [] : [paint("yellow", `unknown (${answer.unknown.length})`)]),
    ...answer.unknown.map(({ endpoint, why }) => `  ${endpoint}  ${why}`),
    ...(answer.ground.length === 0 ? [] : [paint("bold", "what certops stands on")]),
    ...answer.ground.map(
      ({ name, where, problem, remainingMs }) => `  ${name}  ${problem ?? leftOf(remainingMs)}  ${paint("dim", where)}`,
    ),
  ].join("\n");
}

function pairText(why: PairWhy, paint: Paint): string {
  const { source, destination, side, cause, fix, evidence, unasked } = why;
  const at = { caller: source, called: destination, network: "the way between them" };
  return [
    `${paint("bold", tellPair(why))}  ${side === null ? paint("green", cause) : paint("red", cause)}`,
    ...(side === null ? [] : [`  side:  ${at[side]}`]),
    ...(fix === null ? [] : [`  fix:   ${inTerminal(fix)}`]),
    ...evidence.map((one) => `  ${paint("dim", one)}`),
    ...revokedText(why.revocations, paint),
    ...unasked.map((id) => paint("yellow", `  ${id} could not be asked whom it turned away`)),
  ].join("\n");
}

function proposedText({ request, vault }: Extract<Outcome, { kind: "proposed" }>, paint: Paint): string {
  return [
    request.state === "pending"
      ? `${paint("bold", request.id)} asks for ${about(request).asksFor}. It is decided in Slack.`
      : `${paint("bold", request.id)} ${about(request).does}.`,
    ...vaultLines(vault, paint),
    `Follow it: certops trace ${request.id}`,
  ].join("\n");
}

function vaultLines(vault: VaultHealth | null, paint: Paint): string[] {
  if (vault === null || canIssue(vault)) return [];
  const why = vault.why ?? "Vault cannot issue.";
  return [paint("yellow", `${why} Until it is back an approved renewal waits, and in the end fails.`)];
}

function frozenLines(freezes: { scope: string; by: string }[], paint: Paint): string[] {
  return freezes.map(({ scope, by }) => paint("cyan", `${scopeName(scope)} frozen by ${by}: ${standstill}`));
}

function chainText({ endpoint, report }: ServedChain, paint: Paint): string {
  const links = report.links.map(
    ({ certificate, role, presented }) =>
      `  ${role.padEnd(12)}  ${certificate.subject}  ${certificate.serial}  until ${new Date(certificate.notAfter).toISOString()}${presented ? "" : "  (ours, not sent)"}`,
  );
  const problems = report.problems.map(({ subject, cause, fix }) =>
    paint("red", `  ${subject ?? "chain"}: ${cause} ${fix}`),
  );
  return [paint("bold", endpoint.id), ...links, ...problems].join("\n");
}

function whyText({ endpoint, verdict, code, cause, fix, lagging, away, refusals }: EndpointWhy, paint: Paint): string {
  const healthy = verdict === "healthy";
  const said =
    healthy && lagging !== null
      ? paint("yellow", "answers, with an old generation")
      : paint(healthy ? "green" : "red", verdict);
  return [
    `${paint("bold", endpoint.id)}  ${said}`,
    ...(healthy ? [] : [`  cause: ${cause} (${code})`, `  fix:   ${inTerminal(fix ?? "none known")}`]),
    ...(away === null ? [] : [paint("yellow", `  ${away}`)]),
    ...(lagging === null ? [] : [paint("yellow", `  ${inTerminal(lagging)}`)]),
    ...refusals.map(
      ({ at, peerAddress, peerPort, cause: why }) =>
        `  ${new Date(at).toISOString()}  it refused ${peerAddress}:${peerPort}: ${why}`,
    ),
  ].join("\n");
}

function traceText({ id, rows, missing, frozen }: Trace, paint: Paint): string {
  const width = Math.max(0, ...rows.map(({ source }) => source.length));
  return [
    paint("bold", `trace of ${id}`),
    ...frozenLines(frozen, paint),
    ...rows.map(
      ({ at, source, text }) => `${paint("dim", new Date(at).toISOString())}  ${source.padEnd(width)}  ${text}`,
    ),
    ...missing.map(({ source, why }) => paint("yellow", `missing: ${source}: ${why}`)),
  ].join("\n");
}

/** What there is to ask after a command; `unknown` is what was typed in place of it. */
export function helpText(
  command: Command,
  unknown: { typed: string; meant: string | null } | undefined,
  paint: Paint,
): string {
  const sorry =
    unknown &&
    `${unknown.typed} is not a command.${unknown.meant === null ? "" : ` Did you mean ${inTerminal(unknown.meant)}?`}`;
  const all = Object.values(verbs[command]).map(({ usage, does }) => ({
    usage: inTerminal(`${command} ${usage}`),
    does,
  }));
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return [
    ...(sorry ? [paint("red", sorry)] : []),
    ...all.map(({ usage, does }) => `  ${usage.padEnd(width)}  ${paint("dim", does)}`),
  ].join("\n");
}

/** Sentences name commands as they are typed in Slack. */
const inTerminal = (sentence: string) =>
  sentence
    .replaceAll("/cert ", "certops ")
    .replaceAll("/approvals", "certops approvals")
    .replaceAll("/mesh ", "certops mesh ")
    .replaceAll("/firewall ", "certops firewall ");

const standstill =
  "certops starts nothing there; leaves go on renewing by themselves, and firewall rules close at their end";

const scopeName = (scope: string) => (scope === "*" ? "everything is" : `${scope} is`);
