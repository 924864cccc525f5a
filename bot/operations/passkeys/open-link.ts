import { inUse, noPage, type Passkey } from "../../domain/passkey.ts";
import {
  challengeOf,
  hashOfToken,
  type LinkFor,
  linkObjection,
  type PasskeyLink,
  unknownLink,
} from "../../domain/passkey-link.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { Request } from "../../domain/request.ts";
import type { Clock, NamesOf } from "../ports.ts";
import type { Requests } from "../store-ports.ts";
import type { BrowserOptions, Expected, Passkeys } from "./ports.ts";

export interface LinkNeeds {
  requests: Pick<Requests, "find">;
  passkeys: Passkeys;
  clock: Clock;
}

/** What somebody who opens a link sees, and what their browser is asked for. */
export type Opened = { options: BrowserOptions } & (
  | { link: LinkFor<"decide">; request: Request }
  /** `first`: nobody has a passkey yet, so it counts at once. */
  | { link: LinkFor<"enrol">; first: boolean }
);

/** Opening uses nothing up. Refused: no-passkey-page, link-unknown, link-used, link-expired, not-found, already-decided. */
export async function openLink(needs: LinkNeeds & { namesOf: NamesOf }, token: string): Promise<Opened | Refusal> {
  const found = await goodLink(needs, token);
  if (isRefusal(found)) return found;
  const { link, expected, known } = found;
  const { ceremony } = needs.passkeys;
  const own = known.filter(({ user }) => user === link.user);
  if (link.purpose === "enrol") {
    const { user } = link;
    const name = (await needs.namesOf([user])).get(user) ?? user;
    const options = await ceremony.askToMake({ user, name, others: own }, expected);
    return { link, first: isFirst(link, known), options };
  }
  const request = await needs.requests.find(link.request);
  if (request === null) return refuse("not-found", `There is no request ${link.request}.`, "Look in the channel.");
  if (request.state !== "pending") {
    const by = request.decidedBy === null ? "" : ` by ${request.decidedBy}`;
    return refuse(
      "already-decided",
      `${request.id} is ${request.state} already${by}.`,
      "There is nothing left to confirm.",
    );
  }
  return { link, request, options: await ceremony.askToSign(own, expected) };
}

/** A link that is good now. `known`: the passkeys in use. */
export async function goodLink(
  { passkeys, clock }: Pick<LinkNeeds, "passkeys" | "clock">,
  token: string,
): Promise<{ link: PasskeyLink; expected: Expected; known: Passkey[] } | Refusal> {
  const { origin } = passkeys.policy;
  if (origin === null) return noPage("this link leads nowhere");
  const link = await passkeys.kept.link(hashOfToken(token));
  if (link === null) return unknownLink;
  const no = linkObjection(link, clock());
  if (no) return no;
  const known = inUse(await passkeys.kept.all(), origin);
  return { link, expected: { challenge: challengeOf(link), origin }, known };
}

/** Only who may open the bot's socket enrols without approval, and only while nobody has a passkey. */
export const isFirst = ({ by }: Pick<LinkFor<"enrol">, "by">, known: Passkey[]): boolean =>
  by.startsWith("operator:") && known.length === 0;
