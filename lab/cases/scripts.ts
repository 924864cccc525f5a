import type { CaseName } from "./report.ts";
import type { CaseScript, Stage } from "./script.ts";

const refusedByUs = /^Refused by: service-a\b/m;
const refusedByThem = /^Refused by: service-b\b/m;
/** OpenSSL's several words for it; with revocation lists in use, the missing list of the unknown authority is found first. */
const unknownAuthority =
  /\((SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_CRL)\)/;

const uncertified = { code: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", certain: true };
/** The client judges the server after the handshake is done on its side: the server learns no more than that it went away. */
const hungUp = { code: "ECONNRESET", certain: false };

const caller = "a-1";
const called = "b-1";

/** A case in which service-a calls service-b and its page tells what came of it. */
function page(path: string, { verify = true } = {}) {
  return {
    server: called,
    command: (stage: Stage) => stage.curlLine(caller, path, { verify }),
    async call(stage: Stage) {
      const clientSaw = await stage.visit(caller, path, { reaching: called, verify });
      const port = /^Our port: (\d+)$/m.exec(clientSaw)?.[1];
      return { clientSaw, port: port === undefined ? null : Number(port) };
    },
  };
}

const scripts: CaseScript[] = [
  {
    ...page("/w-mtls"),
    name: "normal",
    title: "Both sides show a certificate the other trusts",
    cause: "Nothing is wrong: each certificate leads to the common root, carries the right name and is in its dates.",
    fix: "Nothing to mend.",
    record: null,
    expected: (clientSaw) => clientSaw.includes("Outcome: answered"),
  },
  {
    ...page("/wo-cert-mtls"),
    name: "no-client-cert",
    title: "The client shows no certificate",
    cause: "service-b requires a client certificate and service-a sent none.",
    fix: "Configure the client with its key and certificate.",
    record: uncertified,
    expected: (clientSaw) => refusedByThem.test(clientSaw) && clientSaw.includes("CERTIFICATE_REQUIRED"),
  },
  {
    ...page("/wo-ca-mtls"),
    name: "no-ca",
    title: "The client does not know the CA",
    cause: "service-a was not given the root, so it cannot tell whether service-b is who it says.",
    fix: "Give the client the root certificate to verify with (CA_FILE, curl --cacert). Never switch verification off.",
    record: hungUp,
    expected: (clientSaw) => refusedByUs.test(clientSaw) && unknownAuthority.test(clientSaw),
  },
  {
    // The same certificate is service-a's as a server: without --insecure, its page could not be read at all.
    ...page("/w-mtls", { verify: false }),
    name: "expired-a",
    title: "The client's certificate has expired",
    cause: "service-a's agent stood still, so its certificate was not renewed in time.",
    fix: "Let the agent run and reach Vault; renew well before the end of life, and alarm when that is missed.",
    record: { code: "CERT_HAS_EXPIRED", certain: true },
    arrange: (stage, undo) => stage.serveExpired(caller, undo),
    expected: (clientSaw) => refusedByThem.test(clientSaw),
  },
  {
    ...page("/w-mtls"),
    name: "expired-b",
    title: "The server's certificate has expired",
    cause: "service-b's agent stood still, so its certificate was not renewed in time.",
    fix: "Let the agent run and reach Vault; renew well before the end of life, and alarm when that is missed.",
    record: hungUp,
    arrange: (stage, undo) => stage.serveExpired(called, undo),
    expected: (clientSaw) => refusedByUs.test(clientSaw) && clientSaw.includes("(CERT_HAS_EXPIRED)"),
  },
  {
    ...page("/w-mtls"),
    name: "different-ca",
    title: "Each side's certificate comes from a CA the other does not know",
    cause: "service-b has a certificate of another root and trusts that root alone: neither side can verify the other.",
    fix: "Issue both under one root, or trust both roots on both sides while moving from one to the other.",
    record: hungUp,
    arrange: (stage, undo) => stage.serveOtherAuthority(called, undo),
    expected: (clientSaw) => refusedByUs.test(clientSaw) && unknownAuthority.test(clientSaw),
  },
  {
    name: "curl-insecure",
    title: "curl --insecure without a certificate, to a server that requires one",
    server: called,
    cause: "With --insecure, curl only stops verifying the server. The server still requires a certificate of curl.",
    fix: "Give curl --cert and --key, and --cacert in place of --insecure.",
    record: uncertified,
    command: (stage) => `curl ${insecureArgs(stage).join(" ")}`,
    async call(stage) {
      const { said, port } = await stage.curl(insecureArgs(stage));
      return { clientSaw: said, port };
    },
    expected: (clientSaw) => /^curl: \((56|35|55)\)/m.test(clientSaw),
  },
];

function insecureArgs(stage: Stage): string[] {
  const { host, port, serverName } = stage.addressOf(called);
  return ["--insecure", "--resolve", `${serverName}:${port}:${host}`, `https://${serverName}:${port}/`];
}

const byName = new Map(scripts.map((script) => [script.name, script]));

export function scriptOf(name: CaseName): CaseScript {
  const script = byName.get(name);
  if (script === undefined) throw new Error(`the case ${name} has no script`);
  return script;
}

/** Every case with its title, in the order in which they are told. */
export function listCases(): { name: CaseName; title: string }[] {
  return scripts.map(({ name, title }) => ({ name, title }));
}
