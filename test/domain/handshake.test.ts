import { describe, expect, test } from "vitest";
import { explainHandshake, handshakeProblem } from "../../bot/domain/handshake.ts";

describe("what a code means", () => {
  test.each([
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "server", "none was sent"],
    ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "server", "none was sent"],
    ["ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED", "server", "client's certificate has expired"],
    ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "server", "client's certificate has expired"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "server", "does not know the CA"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "server", "alert internal error"],
    ["ECONNRESET", "server", "hung up after"],
    ["EPIPE", "server", "hung up after"],
    ["CERT_HAS_EXPIRED", "client", "has expired"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "client", "different CA"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "client", "missing"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "client", "another name"],
    ["INVALID_PURPOSE", "client", "extended key usage"],
    ["CERT_REVOKED", "client", "revoked"],
    ["CRL_HAS_EXPIRED", "client", "nextUpdate"],
    ["UNABLE_TO_GET_CRL", "client", "no revocation list"],
    ["CERT_SIGNATURE_FAILURE", "client", "does not match"],
    ["ECONNREFUSED", "network", "Nothing listens"],
    ["ETIMEDOUT", "network", "deadline"],
    ["ENOTFOUND", "network", "does not resolve"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "network", "does not speak TLS"],
    ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "network", "does not speak TLS"],
    ["constructor", "network", "constructor"],
    ["SOMETHING_NEW", "network", "SOMETHING_NEW"],
  ])("%s: the %s's", (code, side, words) => {
    const { cause, fix, ...rest } = explainHandshake(code);
    expect(rest).toEqual({ side });
    expect(cause).toContain(words);
    expect(fix).toMatch(/^[A-Z].*\.$/);
  });

  test("a peer that hangs up before it showed a certificate has not refused ours", () => {
    expect(explainHandshake("ECONNRESET", false)).toMatchObject({ side: "network" });
    expect(handshakeProblem("ECONNRESET", true)).toMatchObject({ side: "server", code: "ECONNRESET" });
  });
});
