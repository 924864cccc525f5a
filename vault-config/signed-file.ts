import "reflect-metadata";
import { BasicConstraintsExtension, PemConverter, Pkcs10CertificateRequest, X509Certificate } from "@peculiar/x509";
import { Problem } from "./problem.ts";

export function commonNameOf(certificatePem: string): string | null {
  return new X509Certificate(certificatePem).subjectName.getField("CN")[0] ?? null;
}

/**
 * The certificate in a file that answers our signing request, and the authorities between it and the root, PEM.
 * Throws a `Problem` when the file holds no such certificate, or one that may not sign or is out of date.
 */
export async function acceptSigned(csrPem: string, signedPem: string, now: number): Promise<string> {
  const wantedKey = Buffer.from(new Pkcs10CertificateRequest(csrPem).publicKey.rawData);
  const certificates = requireCertificates(signedPem);
  const ours = certificates.find((certificate) => wantedKey.equals(Buffer.from(certificate.publicKey.rawData)));
  if (ours === undefined) {
    throw refused(
      "holds no certificate for the key of our signing request",
      "Have the request signed that was written by the last run.",
    );
  }
  if (ours.getExtension(BasicConstraintsExtension)?.ca !== true) {
    throw refused(
      "holds a certificate that may not sign others",
      "Have the request signed as an authority (CA:TRUE, path length 0).",
    );
  }
  if (now < ours.notBefore.getTime() || now > ours.notAfter.getTime()) {
    throw refused(
      `holds a certificate that is valid from ${ours.notBefore.toISOString()} to ${ours.notAfter.toISOString()} only`,
      "Have the request signed again, and compare the clocks of both machines.",
    );
  }
  const above = [];
  for (const certificate of certificates) {
    if (certificate !== ours && !(await certificate.isSelfSigned())) above.push(certificate);
  }
  return [ours, ...above].map((certificate) => certificate.toString("pem")).join("\n");
}

/** All certificates in the signed file; a `Problem` when there is none. */
export function requireCertificates(signedPem: string): X509Certificate[] {
  const certificates = readCertificates(signedPem);
  if (certificates.length > 0) return certificates;
  throw refused("holds no certificate", "It is to be what your root made of the signing request, as PEM.");
}

/** All certificates in a PEM text; none when it cannot be read. */
export function readCertificates(pem: string): X509Certificate[] {
  try {
    const blocks = PemConverter.decodeWithHeaders(pem).filter(({ type }) => type === "CERTIFICATE");
    return blocks.map(({ rawData }) => new X509Certificate(rawData));
  } catch {
    return [];
  }
}

function refused(what: string, hint: string): Problem {
  return new Problem("SIGNED_FILE_REFUSED", `The signed file ${what}.`, hint);
}
