import { X509Certificate } from "node:crypto";
import type { Certificate } from "./certificate.ts";
import { isExpired } from "./expiry.ts";

/** What a server presents, from its leaf up to the root that certops trusts, and what is wrong with it. */
export interface ChainReport {
  /** As presented; at its end the trusted root, where one signed the last. */
  links: ChainLink[];
  problems: ChainProblem[];
}

export interface ChainLink {
  certificate: Certificate;
  role: "leaf" | "intermediate" | "root";
  /** false: certops added it from its own roots. */
  presented: boolean;
  /** Whether the next link up signed it. null: nothing stands above it, or it signed itself. */
  signedByNext: boolean | null;
}

export interface ChainProblem {
  code:
    | "empty"
    | "wrong-order"
    | "missing-issuer"
    | "not-ours"
    | "expired"
    | "not-yet-valid"
    | "not-a-ca"
    | "needless-root";
  /** The subject it is about; null: the chain as a whole. */
  subject: string | null;
  cause: string;
  fix: string;
}

/** `presented`: from the leaf up, in the order the server sent them. `roots`: what certops trusts. */
export function explainChain(presented: Certificate[], roots: Certificate[], now: number): ChainReport {
  const [leaf] = presented;
  if (leaf === undefined) return { links: [], problems: [nothingPresented] };
  const path = pathFrom(leaf, presented, roots);
  const top = path.at(-1) ?? leaf;
  const trusted = roots.some(({ fingerprint }) => fingerprint === top.fingerprint);
  const shown =
    trusted && !presented.some((one) => one.fingerprint === top.fingerprint) ? [...presented, top] : presented;
  return {
    links: shown.map((certificate, index) => ({
      certificate,
      role: index === 0 ? "leaf" : signedBy(certificate, certificate) ? "root" : "intermediate",
      presented: index < presented.length,
      signedByNext: signedByNext(certificate, shown[index + 1]),
    })),
    problems: [
      ...order(presented, path),
      ...(trusted ? [] : [untrusted(top, roots)]),
      ...path.flatMap((certificate, index) => ownProblems(certificate, index, now)),
      ...presented.filter((one) => roots.some(({ fingerprint }) => fingerprint === one.fingerprint)).map(needlessRoot),
    ],
  };
}

/** The leaf, what signed it, and so on, found among all that is there, whatever its order. */
function pathFrom(leaf: Certificate, presented: Certificate[], roots: Certificate[]): Certificate[] {
  const path = [leaf];
  const left = [...presented.slice(1), ...roots];
  for (let top = leaf; !signedBy(top, top);) {
    const index = left.findIndex((candidate) => signedBy(top, candidate));
    const [issuer] = index === -1 ? [] : left.splice(index, 1);
    if (issuer === undefined) break;
    path.push(issuer);
    top = issuer;
  }
  return path;
}

function signedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (certificate.issuer !== issuer.subject) return false;
  try {
    return new X509Certificate(certificate.pem).verify(new X509Certificate(issuer.pem).publicKey);
  } catch {
    // A kind of key that OpenSSL does not know.
    return false;
  }
}

function signedByNext(certificate: Certificate, next: Certificate | undefined): boolean | null {
  return next === undefined || signedBy(certificate, certificate) ? null : signedBy(certificate, next);
}

function order(presented: Certificate[], path: Certificate[]): ChainProblem[] {
  const wanted = path.filter((one) => presented.includes(one));
  if (wanted.every((certificate, index) => presented[index] === certificate)) return [];
  return [
    {
      code: "wrong-order",
      subject: null,
      cause: "The certificates are not served in the order in which they signed each other.",
      fix: "Put the leaf first, then the one that signed it, and so on; leave out what signed none of them.",
    },
  ];
}

function untrusted(top: Certificate, roots: Certificate[]): ChainProblem {
  if (signedBy(top, top)) {
    const alike = roots.some(({ subject }) => subject === top.subject);
    return {
      code: "not-ours",
      subject: top.subject,
      cause: `The chain ends in a root that certops does not trust${alike ? ", though it bears the name of one it does" : ""}.`,
      fix: "Have the certificate issued under our root, or give certops this one if it is to be trusted.",
    };
  }
  const ours = roots.some(({ subject }) => subject === top.issuer);
  return {
    code: ours ? "not-ours" : "missing-issuer",
    subject: top.subject,
    cause: ours
      ? `It says that ${top.issuer} signed it, and our root of that name did not.`
      : `What signed it, ${top.issuer}, is neither served nor one of our roots.`,
    fix: ours
      ? "It comes from another CA of the same name: have it issued by ours."
      : "Serve that intermediate with the leaf. If there is none in our house, the certificate is of another CA.",
  };
}

function ownProblems(certificate: Certificate, index: number, now: number): ChainProblem[] {
  const { subject, notBefore, isCa } = certificate;
  const problems: ChainProblem[] = [];
  if (isExpired(certificate, now)) {
    const fix = index === 0 ? "Renew it." : "Have a new one made, and everything below it issued anew.";
    problems.push({ code: "expired", subject, cause: "It has expired.", fix });
  }
  if (notBefore > now) {
    problems.push({ code: "not-yet-valid", subject, cause: "It is not valid yet.", fix: "Compare the clocks." });
  }
  if (index > 0 && !isCa) {
    problems.push({
      code: "not-a-ca",
      subject,
      cause: "It signed another certificate, and it is no CA.",
      fix: "Have the leaf issued by a CA.",
    });
  }
  return problems;
}

const needlessRoot = ({ subject }: Certificate): ChainProblem => ({
  code: "needless-root",
  subject,
  cause: "The root is served too: harmless, and of no use, for a client trusts only its own copy.",
  fix: "Leave it out of the file.",
});

const nothingPresented: ChainProblem = {
  code: "empty",
  subject: null,
  cause: "No certificate was presented.",
  fix: "See why the handshake fails.",
};
