import { hashOfToken, linkTo, type LinkPurpose, type PasskeyLink } from "../../domain/passkey-link.ts";
import type { AuditEntry } from "../store-ports.ts";
import type { Passkeys } from "./ports.ts";

/** Makes a link that works once; gives its URL. That alone has the token: whoever has the store cannot open it. */
export async function giveLink(
  { kept, newToken }: Pick<Passkeys, "kept" | "newToken">,
  origin: string,
  given: { link: LinkPurpose & Pick<PasskeyLink, "user" | "createdAt" | "expiresAt">; audit: AuditEntry },
): Promise<string> {
  const token = newToken();
  const link = { ...given.link, hash: hashOfToken(token), nonce: newToken(), usedAt: null };
  await kept.keepLink(link, { audit: given.audit, outbox: [] });
  return linkTo(origin, token);
}
