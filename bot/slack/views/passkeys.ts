import { type Passkey, passkeyCode, type PasskeyNotice } from "../../domain/passkey.ts";
import type { StepUp } from "../../operations/passkeys/ask-for-passkey.ts";
import type { EnrolLink } from "../../operations/passkeys/enrol-passkey.ts";
import { actions, context, header, lines, linkButton, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { code, count, person, time } from "./words.ts";

/** Opens a page; the click itself asks for nothing. */
export const openAction = "open_page";

/** For who wants to let through what takes a passkey. */
export function stepUpView({ request, verdict, stepUp }: StepUp): Message {
  const done = verdict === "break-glass" ? "let through" : "approved";
  const said = `🔑 Not ${done} yet: ${code(request.id)} takes your passkey beside the click. The page shows the plan once more.`;
  return linkView(said, { label: "Confirm with your passkey", ...stepUp });
}

/** For who asked to enrol a passkey. */
export function enrolLinkView({ url, expiresAt }: EnrolLink): Message {
  const said = "🔑 Make a passkey on the page. Others then approve it here, by the code that you are shown.";
  return linkView(said, { label: "Make a passkey", url, expiresAt });
}

function linkView(said: string, { label, url, expiresAt }: { label: string; url: string; expiresAt: number }): Message {
  return message(withoutMarkup(said), [
    section(said),
    actions([linkButton(label, openAction, url, "primary")]),
    context(`The link is yours alone and works once, until ${time(expiresAt)}.`),
  ]);
}

export function passkeysView(passkeys: Passkey[]): Message {
  const kept = passkeys.filter(({ withdrawnAt }) => withdrawnAt === null);
  const gone = passkeys.filter(({ withdrawnAt }) => withdrawnAt !== null);
  return message(count(kept.length, "passkey"), [
    header("Passkeys"),
    section(kept.length === 0 ? "Nobody has one." : lines(kept.map(tellPasskey), 30)),
    gone.length === 0 ? null : context(`Withdrawn: ${lines(gone.map(tellGone), 10)}`),
    context(`Enrol one: ${code("/cert enrol")} · end one: ${code("/cert passkeys withdraw <code>")}`),
  ]);
}

function tellPasskey(passkey: Passkey): string {
  const { user, enrolledAt, enrolledBy, usedAt, rpId } = passkey;
  const used = usedAt === null ? "not used yet" : `used ${time(usedAt)}`;
  return `🔑 ${code(passkeyCode(passkey))} ${person(user)} · for ${code(rpId)} · ${time(enrolledAt)} by ${person(enrolledBy)} · ${used}`;
}

const tellGone = (passkey: Passkey) =>
  `${code(passkeyCode(passkey))} ${person(passkey.user)} · ${time(passkey.withdrawnAt ?? 0)} by ${person(passkey.withdrawnBy ?? "unknown")}`;

export const withdrawnView = (passkey: Passkey): Message =>
  sentenceView(
    `🗝️ Withdrawn: passkey ${code(passkeyCode(passkey))} of ${person(passkey.user)}. It confirms nothing any more.`,
  );

/** What becomes of a passkey without a request: everybody in the channel shall know. */
export function passkeyNoticeView({ news, user, code: named, by }: PasskeyNotice): Message {
  const passkey = `passkey ${code(named)} of ${person(user)}`;
  switch (news) {
    case "first":
      return sentenceView(
        `🔑 The first passkey: ${passkey}, enrolled by a link that ${person(by)} made on the bot's host. Every further one is approved here.`,
      );
    case "withdrawn":
      return sentenceView(`🗝️ ${person(by)} withdrew ${passkey}. It confirms nothing any more.`);
    case "cloned":
      return sentenceView(
        `🚨 There is a copy of ${passkey}: somebody signed with it who does not count on from it. It is withdrawn; what it confirmed stands in \`/cert trace\` of its requests.`,
      );
  }
}
