import { undecided } from "../../domain/asked.ts";
import { type EnrolmentRequest, enrolmentSubject } from "../../domain/enrolment.ts";
import {
  enrolmentApproval,
  inUse,
  newPasskey,
  noPage,
  type Passkey,
  passkeyCode,
  rpIdOf,
} from "../../domain/passkey.ts";
import { enrolMs, nothingDone, unknownLink } from "../../domain/passkey-link.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import { openRequest, type OpenNeeds } from "../open-request.ts";
import type { Clock } from "../ports.ts";
import { giveLink } from "./give-link.ts";
import { goodLink, isFirst } from "./open-link.ts";
import type { Passkeys } from "./ports.ts";
import { toldOfPasskey } from "./withdraw-passkey.ts";

export interface EnrolNeeds extends OpenNeeds {
  passkeys: Passkeys;
  clock: Clock;
  newId: () => string;
}

/** Where somebody makes their passkey. `first`: nobody has one yet, so it counts at once. */
export interface EnrolLink {
  user: string;
  url: string;
  expiresAt: number;
  first: boolean;
}

/**
 * A link for a passkey of `user`, asked for by `by`: the person themselves, or an operator on the bot's host.
 * Refused: only-yourself, not-a-person, no-passkey-page, already-open.
 */
export async function askToEnrol(
  needs: Omit<EnrolNeeds, "newId">,
  { user, by }: { user: string; by: string },
): Promise<EnrolLink | Refusal> {
  const { passkeys, clock } = needs;
  const { origin } = passkeys.policy;
  if (!by.startsWith("operator:") && by !== user) {
    return refuse("only-yourself", "Everybody enrols their own passkey.", "Write: /cert enrol");
  }
  if (!/^[UW][A-Z0-9]{2,}$/.test(user)) {
    return refuse(
      "not-a-person",
      user === "" ? "Say for whom." : `${user} is no Slack id.`,
      "Write: certops enrol U0123456789 (in Slack: profile → Copy member ID)",
    );
  }
  if (origin === null) return noPage("nobody can enrol one");
  const open = await openEnrolment(needs, user);
  if (open) return open;
  const now = clock();
  const link = { purpose: "enrol", by, user, createdAt: now, expiresAt: now + enrolMs } as const;
  const url = await giveLink(passkeys, origin, {
    link,
    audit: { at: now, actor: by, action: "passkey.link", subject: user, detail: {} },
  });
  const first = isFirst(link, inUse(await passkeys.kept.all(), origin));
  return { user, url, expiresAt: link.expiresAt, first };
}

/** `request`: others have to approve it; null: it was the first, and counts. */
export interface Enrolled {
  user: string;
  code: string;
  request: EnrolmentRequest | null;
}

/**
 * Takes the passkey that a browser made. Refused: what `goodLink`, the ceremony and `openRequest` refuse; known-passkey,
 * and link-used where another tab was quicker.
 */
export async function enrolPasskey(
  needs: EnrolNeeds,
  { token, response }: { token: string; response: unknown },
): Promise<Enrolled | Refusal> {
  const { passkeys, clock } = needs;
  const found = await goodLink(needs, token);
  if (isRefusal(found)) return found;
  const { link, expected, known } = found;
  if (link.purpose !== "enrol") return unknownLink;
  const open = await openEnrolment(needs, link.user);
  if (open) return open;
  const made = await passkeys.ceremony.made(response, expected);
  if (isRefusal(made)) return { ...made, message: `${made.message} ${nothingDone(link)}` };
  const all = await passkeys.kept.all();
  if (all.some(({ id }) => id === made.id)) {
    return refuse("known-passkey", `That passkey was enrolled before. ${nothingDone(link)}`, "Use another one.");
  }
  const now = clock();
  const { user } = link;
  const detail = { passkey: passkeyCode(made), by: link.by };
  if (!(await passkeys.kept.use(link.hash, { at: now, actor: user, action: "passkey.made", subject: user, detail }))) {
    const after = await goodLink(needs, token);
    return isRefusal(after) ? after : unknownLink;
  }
  const passkey = newPasskey({ ...made, user, rpId: rpIdOf(expected.origin), enrolledAt: now, enrolledBy: link.by });
  const code = passkeyCode(passkey);
  const commit = { ...toldOfPasskey(passkey, { at: now, by: link.by, news: "first" }), first: true };
  // Of two first links one is the first; the other becomes a request.
  if (isFirst(link, known) && (await passkeys.kept.add(passkey, commit))) return { user, code, request: null };
  const others = known.filter((one) => one.user === user).map(passkeyCode);
  const request = await openRequest(needs, asked(needs, { passkey, by: link.by, others, now }));
  return isRefusal(request) ? request : { user, code, request };
}

function asked(
  { passkeys, newId }: EnrolNeeds,
  { passkey, by, others, now }: { passkey: Passkey; by: string; others: string[]; now: number },
): EnrolmentRequest {
  const { id, user, publicKey, transports, rpId, counter } = passkey;
  const plan = { id, user, publicKey, transports, rpId };
  return {
    ...undecided(plan, enrolmentApproval(passkeys.policy), now),
    kind: "enrolment",
    id: newId(),
    requester: user,
    reason: by === user ? "Asked for in Slack." : `The link is from ${by}, on the bot's host.`,
    evidence: { counter, by, others },
  };
}

async function openEnrolment({ requests }: Pick<EnrolNeeds, "requests">, user: string): Promise<Refusal | null> {
  const [open] = await requests.list({
    kind: "enrolment",
    subject: enrolmentSubject(user),
    states: ["pending", "approved"],
    limit: 1,
  });
  if (open === undefined) return null;
  return refuse(
    "already-open",
    `${open.id} already asks for passkey ${passkeyCode(open.plan)} of ${user}.`,
    "Have it approved or denied first; it stands in the channel.",
  );
}
