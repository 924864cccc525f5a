import { isCloned, type Passkey, passkeyCode } from "../../domain/passkey.ts";
import { type LinkFor, linkObjection, nothingDone, unknownLink } from "../../domain/passkey-link.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { Confirmation } from "../../domain/step-up.ts";
import { type Decided, type DecideNeeds, decideRequest } from "../decide-request.ts";
import type { AuditLog } from "../store-ports.ts";
import { redrawn } from "../tell-request.ts";
import { goodLink } from "./open-link.ts";
import type { Expected, Passkeys } from "./ports.ts";
import { withdrawn } from "./withdraw-passkey.ts";

export interface ConfirmNeeds extends Omit<DecideNeeds, "passkeys"> {
  requests: DecideNeeds["requests"];
  passkeys: Passkeys;
  audit: Pick<AuditLog, "append">;
}

/**
 * Decides by a link and the passkey of the person it was made for. Whatever is refused decides nothing, is in the audit
 * log, and has the message drawn again. Refused: what `openLink`, the ceremony and `decideRequest` refuse;
 * unknown-passkey, not-your-passkey, cloned-passkey, changed-meanwhile.
 */
export async function confirmDecision(
  needs: ConfirmNeeds,
  { token, response }: { token: string; response: unknown },
): Promise<Decided | Refusal> {
  const found = await goodLink(needs, token);
  if (isRefusal(found)) return found;
  const { link, expected, known } = found;
  // What was made for something else is no link here.
  if (link.purpose !== "decide") return unknownLink;
  const confirmed = await confirmation(needs, { link, expected, known, response });
  const { request: id, user, verdict, reason } = link;
  const decided = isRefusal(confirmed)
    ? confirmed
    : await decideRequest(needs, { id, user, verdict, reason, confirmed });
  if (isRefusal(decided)) await noteRefused(needs, link, decided);
  return decided;
}

interface Signed {
  link: LinkFor<"decide">;
  expected: Expected;
  known: Passkey[];
  response: unknown;
}

/** Uses up the link, with a passkey that signed for exactly what it is bound to. */
async function confirmation(needs: ConfirmNeeds, signed: Signed): Promise<Confirmation | Refusal> {
  const { passkeys, clock } = needs;
  const { link, expected, response } = signed;
  const passkey = ownPasskey(needs, signed);
  if (isRefusal(passkey)) return passkey;
  const proof = await passkeys.ceremony.verify(response, passkey, expected);
  if (isRefusal(proof)) return { ...proof, message: `${proof.message} ${nothingDone(link)}` };
  if (isCloned(passkey, proof.counter)) return cloned(needs, passkey);
  const { hash, user, verdict, request: subject, planHash } = link;
  const { counter } = proof;
  const detail = { verdict, planHash, passkey: passkeyCode(passkey), counter };
  const used = { at: clock(), actor: user, action: "request.passkey-signed", subject, detail };
  if (await passkeys.kept.use(hash, used, { passkey, counter })) return { planHash, passkey: passkeyCode(passkey) };
  const now = await passkeys.kept.link(link.hash);
  return (
    (now && linkObjection(now, clock())) ??
    refuse("changed-meanwhile", "Your passkey was used elsewhere at this moment. Nothing was decided.", "Try again.")
  );
}

function ownPasskey({ passkeys }: ConfirmNeeds, { link, known, response }: Signed): Passkey | Refusal {
  const id = passkeys.ceremony.signer(response);
  const passkey = known.find((one) => one.id === id);
  if (passkey === undefined) {
    return refuse(
      "unknown-passkey",
      `That passkey is not enrolled here, or was withdrawn. ${nothingDone(link)}`,
      "Yours are listed by /cert passkeys; enrol one by /cert enrol.",
    );
  }
  if (passkey.user === link.user) return passkey;
  return refuse(
    "not-your-passkey",
    `This link is ${link.user}'s, and that passkey is ${passkey.user}'s. ${nothingDone(link)}`,
    "Click Approve in Slack yourself: certops gives each their own link.",
  );
}

/** Two have its key, and nobody can tell which of them is the person: it confirms nothing any more. */
async function cloned({ passkeys, clock }: ConfirmNeeds, passkey: Passkey): Promise<Refusal> {
  const { kept } = passkeys;
  await withdrawn({ kept, clock }, { passkey, by: "certops", news: "cloned" });
  return refuse(
    "cloned-passkey",
    `Passkey ${passkeyCode(passkey)} has signed elsewhere since: there is a copy of it. It is withdrawn, and nothing was decided.`,
    "Tell whoever answers for security, and enrol another one: /cert enrol",
  );
}

async function noteRefused(
  { audit, clock }: ConfirmNeeds,
  link: LinkFor<"decide">,
  { code, message }: Refusal,
): Promise<void> {
  const { user, verdict, request: id } = link;
  const at = clock();
  const detail = { verdict, code, told: message };
  await audit.append({ at, actor: user, action: "request.passkey-refused", subject: id, detail }, [
    redrawn(id, `redrawn:${user}:${at}`),
  ]);
}
