import type { Fields } from "./fields.ts";
import type { AuditDevice, Mount } from "./objects.ts";

/** Lifetimes as the whole server has them, and the mount shown to nobody who is not logged in. */
const plain: Fields = { default_lease_ttl: 0, max_lease_ttl: 0, listing_visibility: "" };

export const mounts: Mount[] = [
  {
    kind: "mount",
    path: "pki",
    type: "pki",
    description: "certops: the intermediate, which signs leaves",
    config: {
      ...plain,
      // As long as the intermediate lives.
      max_lease_ttl: "43800h",
      // These join a request, a generation and a serial number in the audit log; every other value stays hashed there.
      audit_non_hmac_request_keys: ["uri_sans", "common_name"],
      audit_non_hmac_response_keys: ["serial_number"],
    },
  },
  {
    kind: "mount",
    path: "kv",
    type: "kv",
    description: "certops: generations, and the bot's Slack tokens",
    config: plain,
    options: { version: "2" },
  },
  {
    kind: "auth",
    path: "approle",
    type: "approle",
    description: "certops: agents log in",
    config: plain,
  },
];

export function auditDevice(file: string | null): AuditDevice {
  return { kind: "audit", name: "certops", file };
}
