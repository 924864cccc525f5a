import type { AuditHead } from "../../domain/audit-head.ts";
import type { Digest } from "../../domain/digest.ts";
import type { FirewallNotice } from "../../domain/firewall/notices.ts";
import type { FreezeNotice } from "../../domain/freeze.ts";
import type { PasskeyNotice } from "../../domain/passkey.ts";
import type { ServerNotice } from "../../domain/server-watch.ts";
import type { VaultNotice } from "../../domain/vault-watch.ts";
import type { OutboxItem } from "../../operations/store-ports.ts";
import { auditHeadView } from "./audit-head.ts";
import type { Message } from "./blocks.ts";
import { digestView } from "./digest.ts";
import { firewallNoticeView } from "./firewall-notices.ts";
import { freezeView } from "./freeze.ts";
import { passkeyNoticeView } from "./passkeys.ts";
import { serverView } from "./server.ts";
import { vaultView } from "./vault.ts";

/**
 * Whatever goes to the channel besides requests, by the `type` its payload was written with. `now`: when it is posted;
 * `newest`: by Slack's newest blocks.
 */
export function noticeView({ payload }: Pick<OutboxItem, "payload">, now: number, newest = false): Message {
  const notice = payload as unknown as
    | VaultNotice
    | ServerNotice
    | Digest
    | FreezeNotice
    | FirewallNotice
    | AuditHead
    | PasskeyNotice;
  switch (notice.type) {
    case "vault":
      return vaultView(notice, now);
    case "server":
      return serverView(notice);
    case "freeze":
      return freezeView(notice);
    case "audit-head":
      return auditHeadView(notice);
    case "passkey":
      return passkeyNoticeView(notice);
    case "digest":
      return digestView(notice, newest);
    case "firewall-ending":
    case "firewall-drift":
    case "firewall-moved":
    case "firewall-smuggled":
      return firewallNoticeView(notice, now);
  }
}
