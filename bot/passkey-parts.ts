import type { RequestListener } from "node:http";
import { randomToken } from "./adapters/random-token.ts";
import { requestId } from "./adapters/request-id.ts";
import type { Store } from "./adapters/store/database.ts";
import { keptPasskeys } from "./adapters/store/passkeys.ts";
import { webauthn } from "./adapters/webauthn.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./log.ts";
import type { Passkeys } from "./operations/passkeys/ports.ts";
import type { Parts } from "./parts.ts";
import { type PageNeeds, passkeyPages } from "./web/passkey-pages.ts";

/** null where certops.yaml has none. */
export function passkeysOf({ passkeys: policy }: Pick<Config, "passkeys">, { db }: Pick<Store, "db">): Passkeys | null {
  if (policy === null) return null;
  return { policy, kept: keptPasskeys(db.withTables()), ceremony: webauthn, newToken: randomToken };
}

/** Where passkeys are asked for; null where there are none. */
export function pagesOf(
  parts: Parts,
  { groupsOf, namesOf, track, log }: Pick<PageNeeds, "groupsOf" | "namesOf" | "track"> & { log: Logger },
): RequestListener | null {
  const { passkeys } = parts;
  if (passkeys === null) return null;
  return passkeyPages({
    ...parts,
    passkeys,
    groupsOf,
    namesOf,
    track,
    newId: () => requestId("enrolment"),
    onProblem: (error) => log.error({ err: error }, "a page for passkeys could not be answered"),
  });
}
