import type { BlastRadius } from "../../domain/blast-radius.ts";
import { tellReason } from "../../domain/revocation/reason.ts";
import type { RevocationReceipt } from "../../domain/revocation/receipt.ts";
import {
  type Condemned,
  renewalOf,
  type RevocationRequest,
  tellTarget,
} from "../../domain/revocation/revocation-request.ts";
import { tellEndpoint } from "../../domain/revocation/revoking.ts";
import type { TurnedAway } from "../../domain/revocation/turned-away.ts";
import { divider, fields, lines, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { affected } from "./expiry.ts";
import { askAgain, askedBy, decidedBy, denied, type Drawn, expired, moved, problemOf, withdrawn } from "./decision.ts";
import { tellSteps } from "./receipt.ts";
import { code, count, list, person, plain, shortSerial, time } from "./words.ts";

/** A revocation: which serials, who shows them and who will refuse them before the click; who does so in its receipt. */
export function drawRevocation(request: RevocationRequest): Drawn {
  const { plan, receipt, state } = request;
  // While it waits, what it says has the reason already.
  const reason = state === "pending" ? "" : `${tellReason(plan.reason)} · `;
  return {
    ...looks(request),
    proposal: proposal(request),
    inShort: `${reason}${plan.serials.map(shortSerial).slice(0, 5).join(", ")} · renewed first: ${list(plan.renewal.instances)}`,
    receipt: receipt === null ? [] : receiptBlocks(receipt),
  };
}

function looks(request: RevocationRequest): { title: string; said: string } {
  const { id, plan, state, receipt } = request;
  const { service } = plan.renewal;
  const [asked, decided, problem] = [askedBy(request), decidedBy(request), problemOf(request)];
  const gone = receipt?.serials.filter(({ outcome }) => outcome === "revoked").length ?? 0;
  switch (state) {
    case "pending":
      return {
        title: `🔏 Revoke ${tellTarget(plan)}?`,
        said: `${person(request.requester)} asks to revoke *${plain(tellTarget(plan))}*: ${plain(tellReason(plan.reason))}\n>${plain(request.reason)}`,
      };
    case "approved":
      return {
        title: `⏳ Revoking ${tellTarget(plan)}`,
        said: `Approved ${decided}\n${asked}\nFirst ${code(renewalOf(id))} renews every instance; once all serve another, the old ones are revoked.`,
      };
    case "denied":
      return { title: `✋ Revocation for ${service} denied`, said: denied(request) };
    case "withdrawn":
      return { title: `↩️ Revocation for ${service} withdrawn`, said: withdrawn(request) };
    case "expired":
      return { title: `⌛ Revocation for ${service} expired`, said: expired(request) };
    case "revoked":
      return {
        title:
          gone === 0
            ? `✅ ${service}: nothing was left to revoke`
            : `⛔ ${service}: ${count(gone, "old certificate")} revoked`,
        said: `${gone === 0 ? "Each had ended by itself before it was its turn." : `A new handshake with ${gone === 1 ? "it" : "one of them"} is refused everywhere certops can ask.`}\nApproved ${decided}\n${asked}`,
      };
    case "not-held":
      return {
        title: `🚨 ${service}: revoked, not refused everywhere`,
        said: `Vault's list names them, yet an instance may still let them in.${problem}\nSee that its agent renders the list, and that it takes it: ${code(`/cert why ${service}`)}.\nApproved ${decided}\n${asked}`,
      };
    case "failed":
      return {
        title: `❌ Revocation for ${service} failed`,
        said: `It did not come to its end.${problem}\nApproved ${decided}\n${asked}\n${askAgain(request)}`,
      };
    case "void":
      return {
        title: `🚫 Revocation for ${service} void`,
        said: moved(request, "The plan is no longer the one that was"),
      };
  }
}

function proposal({ plan, evidence }: RevocationRequest): Block[] {
  const { condemned, leftOut, holders, meets } = evidence;
  const serving = [...new Set(condemned.flatMap(({ servedBy }) => servedBy))];
  const { renewal, target } = plan;
  return [
    divider,
    section(
      `*To be revoked, for good*\n${lines(condemned.map(condemnedLine), 12)}${
        target.kind === "serial" ? "" : "\n_and what is served in their place until the renewal_"
      }`,
    ),
    fields([
      ["Renewed first", `${list(renewal.instances)}, by ${code(`${renewal.issuer.mount}/${renewal.issuer.role}`)}`],
      ["Served one of them then", serving.length === 0 ? "none that certops looks at" : list(serving)],
      ...(meets === undefined ? [] : meetsFields(meets)),
      ["Will refuse them", holders.length === 0 ? "nobody that certops can ask" : list(holders.map(tellEndpoint), 8)],
      [
        "Cut off",
        "whoever else holds one of these pairs, from their next handshake; connections that stand end with their next response",
      ],
    ]),
    ...(leftOut.length === 0
      ? []
      : [
          section(
            `*Of the same name, and left as they are*\n${lines(
              leftOut.map(({ serial, why }) => `• ${shortSerial(serial)}  ${plain(why)}`),
              10,
            )}`,
          ),
        ]),
  ];
}

/** By its own metrics and those of the others, else as declared. */
function meetsFields({ callers, calls }: BlastRadius): [string, string][] {
  return [
    [
      "Call it",
      callers.length === 0
        ? "❔ nobody that its metrics or certops.yaml tell of"
        : `${affected(callers)}: they refuse an instance that still shows one`,
    ],
    [
      "Called with its name lately",
      calls.length === 0
        ? "❔ nobody whose metrics tell so"
        : `${affected(calls)}: whoever still calls them with one is refused`,
    ],
  ];
}

function condemnedLine({ serial, generation, notAfter, servedBy }: Condemned): string {
  const now = servedBy.length === 0 ? "no longer served" : `served by ${list(servedBy)}`;
  return `• ${code(serial)}  ${generation === null ? "no generation" : code(generation)}  until ${time(notAfter)}  ${now}`;
}

const outcomes = { revoked: "⛔ revoked", expired: "⌛ had ended by itself", valid: "⚠️ not revoked" };

function receiptBlocks({ renewal, serials, steps, holders, notes, turnedAway = [] }: RevocationReceipt): Block[] {
  if (renewal === null) return [];
  return [
    divider,
    section(
      `*Certificates*\n${lines(
        serials.map(({ serial, outcome }) => `• ${code(serial)}  ${outcomes[outcome]}`),
        15,
      )}`,
    ),
    ...(turnedAway.length === 0
      ? []
      : [section(`*Somebody still shows one*, and is turned away\n${lines(turnedAway.map(turnedAwayLine), 20)}`)]),
    ...(holders.length === 0 ? [] : [section(`*Refused at*\n${lines(holders.map(holderLine), 20)}`)]),
    section(
      [
        `*Renewed first*  ${code(renewal)}`,
        ...(steps.length === 0 ? [] : [`*Steps*  ${tellSteps(steps)}`]),
        ...notes.map((note) => `_${plain(note)}_`),
      ].join("\n"),
    ),
  ];
}

function turnedAwayLine({ endpoint, address, serial, at }: TurnedAway): string {
  const what = serial === null ? "a revoked one" : shortSerial(serial);
  return `⚠️ ${code(address)}  at ${code(endpoint)} with ${what}, first ${time(at)}`;
}

function holderLine({ endpoint, heldAt, problem }: RevocationReceipt["holders"][number]): string {
  if (heldAt !== null) return `✅ ${code(tellEndpoint(endpoint))}  its list names them since ${time(heldAt)}`;
  return `❌ ${code(tellEndpoint(endpoint))}  ${plain(problem ?? "it did not say")}`;
}
