import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";
import { Problem } from "./problem.ts";

const DAY_MS = 86_400_000;
const ROOT_MS = 3650 * DAY_MS;
const INTERMEDIATE_MS = 1825 * DAY_MS;
const FIRST_SERVER_MS = DAY_MS;
/** Clocks of verifiers may be a little behind. */
const BACKDATE_MS = 60_000;

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface Root {
  readonly certificatePem: string;
  /** Revokes nothing, and is valid for as long as the root: nobody could sign a later one. */
  readonly crlPem: string;
  /** Makes a key pair and a certificate for a server with these names and addresses; valid for a day. */
  signServer(names: { common: string; dns: string[]; ip: string }): Promise<{ keyPem: string; certificatePem: string }>;
  /** An authority that may sign leaves and no further authority. */
  signIntermediate(csrPem: string): Promise<string>;
  /** Forgets the key. From then on this root signs nothing more. */
  drop(): void;
}

/**
 * A root whose private key exists in this process's memory alone and cannot be exported even from there.
 * `clock` gives epoch milliseconds.
 */
export async function createRoot(clock: () => number): Promise<Root> {
  const keys = await crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
  let signingKey: CryptoKey | null = keys.privateKey;
  const notBefore = new Date(clock() - BACKDATE_MS);
  const notAfter = new Date(notBefore.getTime() + ROOT_MS);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: "CN=certops root CA",
    keys,
    signingAlgorithm: P256,
    serialNumber: newSerial(),
    notBefore,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const crl = await X509CrlGenerator.create({
    issuer: root.subject,
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    signingAlgorithm: P256,
    signingKey: keys.privateKey,
    extensions: [await AuthorityKeyIdentifierExtension.create(root), crlNumber(1)],
  });

  const sign = async (subject: string, publicKey: CryptoKey, livesMs: number, extensions: Extension[]) => {
    if (signingKey === null) {
      throw new Problem(
        "ROOT_KEY_DROPPED",
        "The root's key was dropped after its ceremony and signs nothing more.",
        "Start anew with a new root: `npm run lab -- reset`.",
      );
    }
    const start = clock() - BACKDATE_MS;
    return X509CertificateGenerator.create({
      subject,
      issuer: root.subject,
      publicKey,
      signingKey,
      signingAlgorithm: P256,
      serialNumber: newSerial(),
      notBefore: new Date(start),
      notAfter: new Date(Math.min(start + livesMs, notAfter.getTime())),
      extensions: [
        ...extensions,
        await SubjectKeyIdentifierExtension.create(publicKey),
        await AuthorityKeyIdentifierExtension.create(root),
      ],
    });
  };

  return {
    certificatePem: pem(root),
    // Its own toString says "CRL", which OpenSSL does not read.
    crlPem: `${PemConverter.encode(crl.rawData, "X509 CRL")}\n`,
    async signServer({ common, dns, ip }) {
      const server = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
      const names = [...dns.map((value) => ({ type: "dns", value }) as const), { type: "ip", value: ip } as const];
      const certificate = await sign(`CN=${common}`, server.publicKey, FIRST_SERVER_MS, [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names),
      ]);
      const key = await crypto.subtle.exportKey("pkcs8", server.privateKey);
      return { keyPem: `${PemConverter.encode(key, "PRIVATE KEY")}\n`, certificatePem: pem(certificate) };
    },
    async signIntermediate(csrPem) {
      const request = new Pkcs10CertificateRequest(csrPem);
      if (!(await request.verify())) {
        throw new Problem(
          "CSR_REFUSED",
          "The signing request is not signed by its own key.",
          "Have Vault make a new request.",
        );
      }
      const certificate = await sign(request.subject, await request.publicKey.export(), INTERMEDIATE_MS, [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ]);
      return pem(certificate);
    },
    drop() {
      signingKey = null;
    },
  };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

/** 127 random bits: positive, unpredictable, never two alike. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** RFC 5280 asks for it in every list: an INTEGER of one byte is enough here. */
function crlNumber(value: number): Extension {
  return new Extension("2.5.29.20", false, new Uint8Array([0x02, 0x01, value]));
}
