/** Why a handshake failed and what mends it, in words for a person. */
export interface Cause {
  cause: string;
  fix: string;
}

type Telling = (whose: string) => [cause: string, fix: string];

const untrusted: Telling = (whose) => [
  `${whose} was issued by a CA that is not trusted here, or comes without its intermediate`,
  "Trust its root here (CA_FILE; for curl --cacert), or have it issued under the root that is trusted, chain included.",
];
const unknownRoot: Telling = (whose) => [
  `${whose} leads to a root that is not trusted here`,
  "Trust that root here (CA_FILE; for curl --cacert), or have it issued under the root that is trusted.",
];
const silent: Telling = () => [
  "the other side closed the connection without saying why",
  "Look at its /refusals on its admin port: it knows the reason and lists it under our port.",
];
const late: Telling = () => [
  "no answer in time",
  "See whether the other side is overloaded or stopped; its admin port has /healthz.",
];

const damaged: Telling = (whose) => [
  `${whose} or its key cannot be read: the PEM is damaged`,
  "Render the file again.",
];
const unknown =
  (code: string): Telling =>
  () => [`the handshake failed with ${code}`, "Look the code up in OpenSSL's manual, openssl-verification-options(1)."];

const tellings: Record<string, Telling> = {
  CERT_HAS_EXPIRED: (whose) => [
    `${whose} has expired`,
    "Renew it. Its agent should have: see that the agent runs and reaches Vault.",
  ],
  CERT_NOT_YET_VALID: (whose) => [`${whose} is not valid yet`, "Compare the clocks of both machines."],
  CERT_REVOKED: (whose) => [
    `${whose} was revoked`,
    "Have its holder load the one that was issued in its place; if there is none, renew it (in Slack: /cert renew). The revoked one never comes back.",
  ],
  CRL_HAS_EXPIRED: () => [
    "the revocation list (CRL) is out of date, so the last one that held is looked into instead",
    "Fetch a fresh CRL from Vault and put it in CRL_FILES: what was revoked since is let in until then.",
  ],
  // Every identity is rehearsed against the lists at hand, so they cover our own CAs: what they do not cover is another's.
  UNABLE_TO_GET_CRL: (whose) => [
    `${whose} comes from a CA that has no revocation list here, so most likely from one that is not trusted`,
    "Have it issued under the root that is trusted. If it was, CRL_FILES lacks the list of one of its CAs.",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: unknownRoot,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownRoot,
  CERT_SIGNATURE_FAILURE: (whose) => [
    `${whose} was signed by another key of a CA with the same name`,
    "Two CAs share one name: give them different names, or trust the right one.",
  ],
  INVALID_PURPOSE: (whose) => [
    `${whose} is not meant for this use (extended key usage)`,
    "Issue it for both server and client authentication.",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: (whose) => [
    `${whose} does not carry the name that was asked for`,
    "Issue it for that name, or correct the server name.",
  ],
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: (whose) => [
    `${whose} and the private key are not a pair`,
    "Render both from one issue, into one file, in one template.",
  ],
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: () => [
    "the client presented no certificate, and one is required",
    "Give the client a certificate and its key (curl: --cert and --key).",
  ],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: () => [
    "it requires a client certificate, and none was presented",
    "Present one (curl: --cert and --key).",
  ],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: () => [
    "the other side does not trust the CA of our certificate",
    "Give it our root (CA_FILE; for curl --cacert).",
  ],
  ERR_SSL_HTTP_REQUEST: () => ["the client spoke plain HTTP to a TLS port", "Use https:// in the address."],
  ERR_SSL_UNSUPPORTED_PROTOCOL: () => ["the client offered no TLS 1.3", "Use a client that speaks TLS 1.3."],
  ECONNREFUSED: () => ["nobody listens at that address", "Start the other side, or correct PEERS."],
  ECONNRESET: silent,
  EPIPE: silent,
  UND_ERR_SOCKET: silent,
  UND_ERR_CONNECT_TIMEOUT: () => [
    "no answer in time",
    "See whether a firewall between the two drops it; otherwise, whether the other side is overloaded or stopped.",
  ],
  TIMEOUT: late,
};

/** `whose` names the certificate in question, for example "the client's certificate". */
export function explain(code: string, whose: string): Cause {
  const tell = tellings[code] ?? (code.startsWith("ERR_OSSL_") ? damaged : unknown(code));
  const [cause, fix] = tell(whose);
  return { cause, fix };
}
