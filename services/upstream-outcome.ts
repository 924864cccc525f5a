import type { Cause } from "./causes.ts";
import type { Address, Result, Showing } from "./peer.ts";

/** What was not done, since there is nothing here to do it with. */
const notOurs: Record<Exclude<Showing, "mtls">, string> = {
  "no-certificate": "has no certificate to leave out: its sidecar holds one, and shows it in every call",
  "no-ca": "has no CA to leave out: its sidecar gets the mesh's roots from Consul, and checks every call with them",
};

/** What is said to a person where there is no such call to make. */
export function tellNotOurs(us: string, showing: keyof typeof notOurs): string {
  return `${us} ${notOurs[showing]}.\nOutcome: not tried\nFix: Nothing to mend: the mesh prevents this. Try /w-mtls.\n`;
}

/** What is said to a person about one call through the sidecars: which side refused, the cause, the fix. */
export function tellUpstream(us: string, them: string, { host, port }: Address, result: Result): string {
  const lines = [`${us} called ${them} at ${host}:${port} in plain HTTP: the sidecars do the mTLS.`];
  if ("status" in result && result.status === 200) {
    lines.push("Outcome: answered", "Refused by: nobody", `${them} says: ${result.body.trim()}`);
    return `${lines.join("\n")}\n`;
  }
  const refusal = refusalOf(us, them, result);
  if (refusal !== null) {
    const { by, cause, fix, code } = refusal;
    const outcome = by === "nobody" ? "not reached" : "refused";
    lines.push(`Outcome: ${outcome}`, `Refused by: ${by}`, `Cause: ${cause} (${code})`, `Fix: ${fix}`);
  } else if ("status" in result) {
    lines.push(`Outcome: refused with HTTP ${result.status}`, `Refused by: ${them}, which says:`, result.body.trim());
  }
  return `${lines.join("\n")}\n`;
}

/** Envoy's own answers, by how their body begins; null when it was the service that answered. */
function refusalOf(us: string, them: string, result: Result): (Cause & { by: string; code: string }) | null {
  if ("code" in result) return unreachedOf(us, them, result.code);
  const body = result.body.trim();
  const code = `HTTP ${result.status}: ${body}`;
  if (body === "RBAC: access denied") {
    return {
      by: `${them}'s sidecar`,
      cause: `no intention allows ${us} to call ${them}, or one denies it`,
      fix: `Have it allowed, if it shall be: ask for an intention ${us} → ${them} (in Slack: /mesh allow ${us} ${them}).`,
      code,
    };
  }
  if (body.includes("TLS_error")) {
    return {
      by: `the sidecars of ${us} and ${them}, by one another`,
      cause: "the handshake between them failed",
      fix: "Compare their certificates and roots: each Envoy's admin port has /certs.",
      code,
    };
  }
  if (body === "no healthy upstream" || body.startsWith("upstream connect error")) {
    return {
      by: "nobody",
      cause: `${us}'s sidecar reaches no healthy instance of ${them}`,
      fix: `See that ${them} and its sidecar run and pass their checks in Consul.`,
      code,
    };
  }
  return null;
}

function unreachedOf(us: string, them: string, code: string): Cause & { by: string; code: string } {
  if (code === "TIMEOUT") {
    const fix = `See whether ${them} or a sidecar is overloaded or stopped: each Envoy's admin port has /ready.`;
    return { by: "nobody", cause: "no answer in time", fix, code };
  }
  return {
    by: "nobody",
    cause: `${us}'s own sidecar does not take the call`,
    fix: "Start the sidecar, or correct PEER_URL: it is the address of the sidecar's upstream listener.",
    code,
  };
}
