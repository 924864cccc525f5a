import type { CaseName } from "../../lab/cases/report.ts";

/** What each case is there to show: in the client's words, and in the server's. */
export const shownByCase: Record<CaseName, { client: RegExp; server: RegExp }> = {
  normal: {
    client: /Outcome: answered\n.*\n.*Hello from "service-b"/,
    server: /b-1 verified the client's certificate/,
  },
  "no-client-cert": {
    client: /Refused by: service-b[^]*CERTIFICATE_REQUIRED/,
    server: /port \d+: the client presented no certificate.*\(ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE\)/,
  },
  "no-ca": { client: /Refused by: service-a[^]*UNABLE_TO_GET_ISSUER_CERT_LOCALLY/, server: /no record of it|hung up/ },
  "expired-a": {
    client: /Refused by: service-b[^]*without saying why/,
    server: /port \d+: the client's certificate has expired \(CERT_HAS_EXPIRED\)/,
  },
  "expired-b": {
    client: /Refused by: service-a[^]*has expired \(CERT_HAS_EXPIRED\)/,
    server: /no record of it|hung up/,
  },
  "different-ca": { client: /Refused by: service-a[^]*UNABLE_TO_GET_CRL/, server: /no record of it|hung up/ },
  "curl-insecure": {
    client: /^curl: \(56\) .*certificate required/,
    server: /port \d+: the client presented no certificate/,
  },
};
