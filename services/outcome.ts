import { explain } from "./causes.ts";
import { describe } from "./identity.ts";
import type { Address, Answer, Showing } from "./peer.ts";

const means: Record<Showing, string> = {
  mtls: "with our certificate, checking theirs",
  "no-certificate": "without a client certificate",
  "no-ca": "without our CA to check theirs",
};

/** What is said to a person about one call: which side refused, the cause, the fix. */
export function tellOutcome(
  us: string,
  them: string,
  address: Address,
  showing: Showing,
  { result, localPort, certificate }: Answer,
): string {
  const lines = [`${us} called ${them} at ${address.host}:${address.port} ${means[showing]}.`];
  if ("code" in result) {
    const refused = refuser(result.code);
    const { cause, fix } = explain(result.code, `${them}'s certificate`);
    lines.push(
      `Outcome: ${refused === "nobody" ? "not reached" : "refused"}`,
      `Refused by: ${{ us: `${us} (this side)`, them, nobody: "nobody" }[refused]}`,
      `Cause: ${cause} (${result.code})`,
      `Fix: ${fix}`,
    );
    if (localPort !== null && refused === "them") lines.push(`Our port: ${localPort}`);
  } else if (result.status === 200) {
    lines.push("Outcome: answered", "Refused by: nobody", `${them} says: ${result.body.trim()}`);
  } else {
    lines.push(`Outcome: refused with HTTP ${result.status}`, `Refused by: ${them}, which says:`, result.body.trim());
  }
  if (certificate) {
    const { serial, generation, notAfter } = describe(certificate);
    lines.push(
      `Its certificate: serial ${serial}, generation ${generation ?? "unknown"}, valid until ${new Date(notAfter).toISOString()}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function refuser(code: string): "us" | "them" | "nobody" {
  if (["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(code) || code.includes("_ALERT_")) return "them";
  return /^(UND_ERR_|TIMEOUT$|E[A-Z]+$)/.test(code) ? "nobody" : "us";
}
