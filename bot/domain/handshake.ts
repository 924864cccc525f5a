import type { HandshakeProblem } from "./endpoint.ts";

type Explanation = Omit<HandshakeProblem, "code">;

/** Own codes, beside those of Node and OpenSSL. */
export const rootsUnreadable = "CA_FILE_UNREADABLE";
export const notHttp = "HPE_INVALID_CONSTANT";

/**
 * What a code of Node or OpenSSL means in a handshake that the client began, who refused, and how to mend it.
 * `presented`: the server had shown its certificate by then. A peer that just hangs up means something else before and after.
 */
export function explainHandshake(code: string, presented = true): Explanation {
  const alert = /_ALERT_(?:NUMBER_)?(\w+)$/.exec(code)?.[1];
  if (alert !== undefined) return alerts.get(alert) ?? otherAlert(alert);
  const early = presented ? undefined : beforeTheCertificate.get(code);
  return early ?? meanings.get(code.replace(/^ERR_SSL_/, "")) ?? unknown(code);
}

export function handshakeProblem(code: string, presented = true): HandshakeProblem {
  return { code, ...explainHandshake(code, presented) };
}

const client = (cause: string, fix: string): Explanation => ({ side: "client", cause, fix });
const server = (cause: string, fix: string): Explanation => ({ side: "server", cause, fix });
const network = (cause: string, fix: string): Explanation => ({ side: "network", cause, fix });

const unknown = (code: string) =>
  network(`The handshake failed with ${code}.`, `Look for ${code} in the server's log.`);

const readLog = "Read the server's log at this time: it knows the reason.";

const otherAlert = (alert: string) =>
  server(`The server ended the handshake with the alert ${alert.toLowerCase().replaceAll("_", " ")}.`, readLog);

const otherRoot = client(
  "The server's chain ends in a root that the client does not trust: it is of a different CA.",
  "Give the client the root that signed this chain, or have the server's certificate issued under the root it trusts.",
);

const missingIssuer = client(
  "The certificate that signed the server's is missing: not in the chain it serves, not among the client's roots.",
  "Serve the leaf and the intermediate together, leaf first. If they are, the client holds the root of another CA.",
);

const staleList = client(
  "The revocation list the client checks is past its nextUpdate.",
  "Fetch a fresh revocation list from its CA, and see why it was not renewed.",
);

const revoked =
  "See that its agent has rendered the one that was issued in its place, and that it is loaded; /cert renew makes one more.";

const noClientCertificate = server(
  "The server demands a client certificate, and none was sent.",
  "Give the client a certificate and its key: for certops itself that is identity.file in certops.yaml.",
);

const hungUp = server(
  "The server hung up after it had seen the client's certificate, without a word: most likely it refused it.",
  "Ask the server for its recent refusals. Usual: the client's certificate is expired, revoked or of another CA.",
);

const silent = network(
  "Nothing answered before the deadline.",
  "Check that the server is up and not stuck, and that no firewall drops packets on the way.",
);

const unreachable = network(
  "There is no way to the server's address.",
  "Check the address, the routes and the firewall.",
);

const notTls = network(
  "What answered does not speak TLS.",
  "Check the port: plain HTTP and TLS are served on different ones.",
);

/** What the client finds wrong, or the network; alerts of the server are told below. */
const meanings = new Map<string, Explanation>(
  Object.entries({
    SELF_SIGNED_CERT_IN_CHAIN: otherRoot,
    DEPTH_ZERO_SELF_SIGNED_CERT: client(
      "The server's certificate signed itself: no CA vouches for it.",
      "Have it issued by the CA that the client trusts.",
    ),
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: missingIssuer,
    UNABLE_TO_GET_ISSUER_CERT: missingIssuer,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: missingIssuer,
    CERT_SIGNATURE_FAILURE: client(
      "A signature in the server's chain does not match: another CA of the same name signed it, or it was altered.",
      "Compare the issuer's key identifiers, and give the client the root that really signed the chain.",
    ),
    CERT_HAS_EXPIRED: client(
      "The server's certificate, or one above it in its chain, has expired.",
      "Renew it, and make sure that the server loads the renewed file.",
    ),
    CERT_NOT_YET_VALID: client(
      "The server's certificate is not valid yet.",
      "Compare the clocks of the client, the server and the CA.",
    ),
    ERR_TLS_CERT_ALTNAME_INVALID: client(
      "The server's certificate is made out to another name.",
      "Ask for the server by a name in its certificate, or have that name added to it.",
    ),
    INVALID_PURPOSE: client(
      "The server's certificate may not be used for a server (extended key usage).",
      "Issue it with the server usage: see server_flag of its Vault role.",
    ),
    INVALID_CA: client(
      "A certificate in the server's chain signed another and may not (it is no CA).",
      "Serve the intermediate of the CA that issued the leaf.",
    ),
    CERT_REVOKED: client("The server's certificate is revoked.", revoked),
    CRL_HAS_EXPIRED: staleList,
    UNABLE_TO_GET_CRL: client(
      "The client checks revocation, and has no revocation list of one of the CAs in the chain.",
      "Give it the list of the root and the one of the intermediate: with either alone it refuses everything.",
    ),
    PEER_DID_NOT_RETURN_A_CERTIFICATE: noClientCertificate,
    [rootsUnreadable]: client(
      "certops cannot read the roots it is to trust.",
      "Check identity.caFile in certops.yaml: a PEM file that the bot's user may read.",
    ),
    [notHttp]: server(
      "The handshake went well; then the server did not answer in HTTP.",
      "If it speaks another protocol, set protocol: tls for this endpoint.",
    ),
    ECONNRESET: hungUp,
    EPIPE: hungUp,
    ECONNREFUSED: network("Nothing listens on this port.", "Start the server, or correct the host and port."),
    ETIMEDOUT: silent,
    EHOSTUNREACH: unreachable,
    ENETUNREACH: unreachable,
    ENOTFOUND: network("The host name does not resolve.", "Correct the host, or add it to DNS."),
    EAI_AGAIN: network("The name server did not answer.", "Try again; if it stays, mend the resolver."),
    WRONG_VERSION_NUMBER: notTls,
    PACKET_LENGTH_TOO_LONG: notTls,
    HTTP_REQUEST: notTls,
  }),
);

const hungUpEarly = network(
  "The server hung up before it showed a certificate.",
  "Check that TLS is served on this port, and that nothing between breaks the connection.",
);

const beforeTheCertificate = new Map([
  ["ECONNRESET", hungUpEarly],
  ["EPIPE", hungUpEarly],
]);

/** https://www.rfc-editor.org/rfc/rfc8446#section-6.2, as OpenSSL spells them. */
const alerts = new Map<string, Explanation>(
  Object.entries({
    CERTIFICATE_REQUIRED: noClientCertificate,
    UNKNOWN_CA: server(
      "The server does not know the CA of the client's certificate.",
      "Issue the client's certificate under a root the server trusts, and send the intermediate with it.",
    ),
    CERTIFICATE_EXPIRED: server(
      "The client's certificate has expired.",
      "Renew it, and make sure that the client loads it.",
    ),
    CERTIFICATE_REVOKED: server("The client's certificate is revoked.", revoked),
    BAD_CERTIFICATE: server("The server could not accept the client's certificate.", readLog),
    UNSUPPORTED_CERTIFICATE: server(
      "The client's certificate may not be used for a client (extended key usage).",
      "Issue it with the client usage: see client_flag of its Vault role.",
    ),
    HANDSHAKE_FAILURE: server(
      "Client and server found nothing in common: no cipher, curve or signature both accept, or no client certificate.",
      "Compare their TLS settings, and whether the server demands a client certificate.",
    ),
    PROTOCOL_VERSION: server("The server speaks none of the client's TLS versions.", "Let both speak TLS 1.2 or 1.3."),
    UNRECOGNIZED_NAME: server(
      "The server has no certificate for the name it was asked for.",
      "Correct the server name of the endpoint, or give the server a certificate for it.",
    ),
  }),
);
