import { type Passkey, passkeyCode, type PasskeyNotice } from "../../domain/passkey.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import { type GroupsOf, notOneOf } from "../membership.ts";
import type { Clock } from "../ports.ts";
import type { Commit } from "../store-ports.ts";
import type { KeptPasskeys, Passkeys } from "./ports.ts";

interface WithdrawNeeds {
  passkeys: Passkeys;
  groupsOf: GroupsOf;
  clock: Clock;
}

/**
 * Ends a passkey: its owner may, who approves enrolments, and an operator. It takes no passkey, for it opens nothing.
 * Refused: no-such-passkey, already-withdrawn, not-approver, directory-unavailable.
 */
export async function withdrawPasskey(
  { passkeys, groupsOf, clock }: WithdrawNeeds,
  { code, user }: { code: string; user: string },
): Promise<Passkey | Refusal> {
  const { kept, policy } = passkeys;
  const all = await kept.all();
  const named = all.filter((one) => passkeyCode(one) === code.toLowerCase());
  const passkey = named.find(({ withdrawnAt }) => withdrawnAt === null) ?? named[0];
  if (passkey === undefined) {
    return refuse("no-such-passkey", `There is no passkey ${code}.`, "They are listed by /cert passkeys");
  }
  if (!user.startsWith("operator:") && user !== passkey.user) {
    const words = { mayNot: `withdraw a passkey of ${passkey.user}`, undone: "withdrawn" };
    const stranger = await notOneOf(groupsOf, policy.approval, { user, now: clock(), words });
    if (stranger) return stranger;
  }
  if (passkey.withdrawnAt === null && (await withdrawn({ kept, clock }, { passkey, by: user, news: "withdrawn" }))) {
    return passkey;
  }
  return refuse("already-withdrawn", `Passkey ${code} was withdrawn before.`, "Nothing to do.");
}

/** false when it was before. */
export async function withdrawn(
  { kept, clock }: { kept: Pick<KeptPasskeys, "withdraw">; clock: Clock },
  { passkey, by, news }: { passkey: Passkey; by: string; news: "withdrawn" | "cloned" },
): Promise<boolean> {
  const at = clock();
  return kept.withdraw(passkey.id, { at, by }, toldOfPasskey(passkey, { at, by, news }));
}

/** What becomes of a passkey without a request, in the audit log and in the channel. */
export function toldOfPasskey(
  passkey: Pick<Passkey, "id" | "user" | "publicKey">,
  { at, by, news }: { at: number; by: string; news: PasskeyNotice["news"] },
): Commit {
  const { user } = passkey;
  const code = passkeyCode(passkey);
  const notice: PasskeyNotice = { type: "passkey", news, user, code, by };
  return {
    audit: { at, actor: by, action: `passkey.${news}`, subject: user, detail: { passkey: code } },
    outbox: [
      { key: `passkey:${passkey.id}:${news}`, kind: "notice", subject: `passkey:${code}`, payload: { ...notice } },
    ],
  };
}
