import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as Crypto);

const keyKinds = {
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
};
const purposes = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };

export interface LeafOptions {
  /** Seconds from now until it ends; negative for one that has ended. */
  ttl?: number;
  /** Seconds before now when it began. */
  age?: number;
  generation?: string;
  purposes?: (keyof typeof purposes)[];
  key?: keyof typeof keyKinds;
  /** DNS names or IP addresses besides the common name. */
  names?: string[];
}

export interface Leaf {
  /** Key, certificate and chain as one file holds them. */
  identity: string;
  key: string;
  /** The leaf alone. */
  certificate: string;
  /** Leaf and intermediate. */
  chain: string;
  /** Lower-case hex with colons. */
  serial: string;
}

export interface CrlOptions {
  /** Seconds from now until the next update is due; negative for a stale list. */
  ttl?: number;
  revoked?: string[];
}

interface Authority {
  keys: CryptoKeyPair;
  certificate: x509.X509Certificate;
}

/** A root and an intermediate in memory, for tests. Nothing is written to disk. */
export class TestPki {
  readonly #root: Authority;
  readonly #intermediate: Authority;

  private constructor(root: Authority, intermediate: Authority) {
    this.#root = root;
    this.#intermediate = intermediate;
  }

  static async create(name = "Test"): Promise<TestPki> {
    const root = await authority(`CN=${name} Root`, null);
    return new TestPki(root, await authority(`CN=${name} Intermediate`, root));
  }

  get root(): string {
    return pem(this.#root.certificate);
  }

  get intermediate(): string {
    return pem(this.#intermediate.certificate);
  }

  async leaf(name: string, options: LeafOptions = {}): Promise<Leaf> {
    const { ttl = 3_600, age = 60, generation, key = "ec", names = [] } = options;
    const algorithm = keyKinds[key];
    const keys = await generateKeys(algorithm);
    const serial = newSerial();
    const uri = generation === undefined ? [] : [`urn:certops:generation:${generation}`];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: `CN=${name}`,
      issuer: this.#intermediate.certificate.subject,
      notBefore: secondsFromNow(Math.min(-age, ttl - 1)),
      notAfter: secondsFromNow(ttl),
      publicKey: keys.publicKey,
      signingKey: this.#intermediate.keys.privateKey,
      signingAlgorithm: keyKinds.ec,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(
          (options.purposes ?? ["server", "client"]).map((purpose) => purposes[purpose]),
        ),
        new x509.SubjectAlternativeNameExtension([
          ...[name, ...names].map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
          ...uri.map((value) => ({ type: "url" as const, value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#intermediate.certificate.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    const own = pem(certificate);
    const keyPem = `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
    const chain = own + this.intermediate;
    return {
      identity: keyPem + chain,
      key: keyPem,
      certificate: own,
      chain,
      serial: serial.match(/../g)?.join(":") ?? "",
    };
  }

  rootCrl(options: CrlOptions = {}): Promise<string> {
    return crl(this.#root, options);
  }

  /** The list that revokes leaves, by serial as `Leaf.serial` writes it. */
  intermediateCrl(options: CrlOptions = {}): Promise<string> {
    return crl(this.#intermediate, options);
  }
}

async function authority(subject: string, issuer: Authority | null): Promise<Authority> {
  const keys = await generateKeys(keyKinds.ec);
  const signer = issuer ?? { keys, certificate: { subject, publicKey: keys.publicKey } };
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: signer.certificate.subject,
    notBefore: secondsFromNow(-3_600),
    notAfter: secondsFromNow(365 * 86_400),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: keyKinds.ec,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keys, certificate };
}

async function crl(by: Authority, { ttl = 3_600, revoked = [] }: CrlOptions): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: by.certificate.subject,
    thisUpdate: secondsFromNow(Math.min(-60, ttl - 1)),
    nextUpdate: secondsFromNow(ttl),
    entries: revoked.map((serial) => ({
      serialNumber: serial.replaceAll(":", ""),
      revocationDate: secondsFromNow(-1),
    })),
    signingKey: by.keys.privateKey,
    signingAlgorithm: keyKinds.ec,
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(by.certificate.publicKey)],
  });
  // The library's own label, "CRL", is one that OpenSSL does not read.
  return `${x509.PemConverter.encode(list.rawData, "X509 CRL")}\n`;
}

async function generateKeys(algorithm: (typeof keyKinds)[keyof typeof keyKinds]): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** Positive, and never with a leading zero byte that encoders drop. */
function newSerial(): string {
  return `4${randomBytes(10).toString("hex").slice(1)}`;
}

function secondsFromNow(seconds: number): Date {
  return new Date(Date.now() + seconds * 1_000);
}

function isAddress(name: string): boolean {
  return /^[\d.]+$|^[\da-f:]+:[\da-f:]*$/i.test(name);
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
