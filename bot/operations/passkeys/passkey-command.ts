import { mentionedIn } from "../../domain/mention.ts";
import type { Passkey } from "../../domain/passkey.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { Outcome } from "../command.ts";
import type { EnrolLink } from "./enrol-passkey.ts";

/** The operations on passkeys, bound to what they need. */
export interface PasskeyDesk {
  enrol(wanted: { user: string; by: string }): Promise<EnrolLink | Refusal>;
  /** The withdrawn ones too. */
  list(): Promise<Passkey[]>;
  withdraw(wanted: { code: string; user: string }): Promise<Passkey | Refusal>;
}

const noPasskeys = refuse(
  "no-passkeys",
  "This certops minds no passkeys.",
  "Its certops.yaml needs the section passkeys and http.publicUrl: see bot/certops.example.yaml.",
);

/** What was typed after `/cert enrol` and `/cert passkeys`. `desk`: null where certops.yaml has none. */
export async function runPasskeys(
  desk: PasskeyDesk | null,
  verb: "enrol" | "passkeys",
  { words, user }: { words: string[]; user: string },
): Promise<Outcome | Refusal> {
  if (desk === null) return noPasskeys;
  if (verb === "enrol") {
    const [named = user.startsWith("operator:") ? "" : user] = words;
    const link = await desk.enrol({ user: mentionedIn(named) ?? named, by: user });
    return isRefusal(link) ? link : { kind: "enrol-link", link };
  }
  const [action, code] = words;
  if (action === undefined) return { kind: "passkeys", passkeys: await desk.list() };
  if (action.toLowerCase() !== "withdraw" || code === undefined) {
    return refuse("missing-argument", "Write: /cert passkeys withdraw <code>", "Codes are listed by /cert passkeys");
  }
  const passkey = await desk.withdraw({ code, user });
  return isRefusal(passkey) ? passkey : { kind: "passkey-withdrawn", passkey };
}
