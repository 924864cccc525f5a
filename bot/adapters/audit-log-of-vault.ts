import { z } from "zod";
import { generationUri } from "../domain/certificate.ts";
import type { VaultAudit, VaultIssue } from "../operations/ports.ts";
import { linesOf } from "./lines-of.ts";

// The PKI mount shows `uri_sans` and `serial_number` in clear: audit-non-hmac keys in vault-config.
const response = z.object({
  time: z.iso.datetime({ offset: true }),
  type: z.literal("response"),
  auth: z
    .object({ display_name: z.string(), metadata: z.object({ role_name: z.string() }).partial().optional() })
    .partial(),
  request: z.object({ data: z.object({ uri_sans: z.union([z.string(), z.array(z.string())]) }) }),
  response: z.object({ data: z.object({ serial_number: z.string() }).partial().optional() }).optional(),
  error: z.string().optional(),
});

/** Reads Vault's (or OpenBao's) audit file from its beginning. */
export function auditLogOfVault(file: string): VaultAudit {
  return async (generation) => {
    const uri = generationUri + generation;
    const issues: VaultIssue[] = [];
    for await (const line of linesOf(file)) {
      if (!line.includes(uri)) continue;
      const entry = parse(line);
      if (entry && [entry.request.data.uri_sans].flat().includes(uri)) issues.push(issueOf(entry));
    }
    return issues;
  };
}

/** null for a request line, and for one that is cut off: Vault may be writing it right now. */
function parse(line: string): z.infer<typeof response> | null {
  try {
    return response.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function issueOf({ time, auth, response: answer, error }: z.infer<typeof response>): VaultIssue {
  return {
    at: Date.parse(time),
    serial: answer?.data?.serial_number ?? null,
    by: auth.metadata?.role_name ?? auth.display_name ?? "somebody",
    refused: error ?? null,
  };
}
