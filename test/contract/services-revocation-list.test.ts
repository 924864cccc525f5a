import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { revocationListIn } from "../../bot/adapters/revocation-list.ts";
import { ReloadingIdentity } from "../../services/reload.ts";
import { isRevoked, parseRevocationList } from "../../services/revocation-list.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";

describe("a revocation list", () => {
  test("is read as a library reads it: who it names, and until when", async () => {
    const pki = await TestPki.create();
    const serials = ["00:c0:ff:ee".slice(3), "4a:00:01", "7f:ff:ff:ff:ff:ff:ff:ff:ff:ff"];
    for (const revoked of [
      [],
      serials,
      Array.from({ length: 500 }, (_, index) => `4${(index + 4_096).toString(16)}00a`.slice(0, 8)),
    ]) {
      const pem = await pki.intermediateCrl({ revoked, ttl: 60 });
      const ours = parseRevocationList(pem);
      const theirs = revocationListIn(pem);
      expect([...ours.serials]).toEqual([...theirs.serials]);
      expect(ours.serials.size).toBe(revoked.length);
      expect(ours.nextUpdate).toBe(theirs.nextUpdate);
    }
  });

  test("names a certificate by its own CA alone, and one above it too", async () => {
    const pki = await TestPki.create();
    const leaf = await pki.leaf("service-a.example.com");
    const other = await pki.leaf("service-a.example.com");
    const lists = async (revoked: string[]) => [
      parseRevocationList(await pki.rootCrl()),
      parseRevocationList(await pki.intermediateCrl({ revoked })),
    ];
    const of = (pem: string) => new X509Certificate(pem);
    expect(isRevoked(await lists([leaf.serial]), of(leaf.certificate))).toBe(true);
    expect(isRevoked(await lists([leaf.serial]), of(other.certificate))).toBe(false);
    const stranger = await TestPki.create("Stranger");
    const theirs = [parseRevocationList(await stranger.intermediateCrl({ revoked: [leaf.serial] }))];
    expect(isRevoked(theirs, of(leaf.certificate))).toBe(false);
  });

  test.each([
    ["cut off", (pem: string) => pem.replace(/[^-]{50}(?=-----END)/, "\n"), /cut off/],
    ["of something else", () => "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----", /cannot be read/],
    ["empty", () => "-----BEGIN X509 CRL-----\n-----END X509 CRL-----", /cannot be read/],
  ])("that is %s is told", async (_what, spoil, problem) => {
    const pki = await TestPki.create();
    const pem = await pki.intermediateCrl();
    expect(() => parseRevocationList(spoil(pem))).toThrow(problem);
  });
});

test("a service that starts while there is only a stale list serves all the same, and says so", async () => {
  using folder = temporaryFolder();
  const pki = await TestPki.create();
  const [identityFile, caFile, rootCrl, crl] = ["a.pem", "root.pem", "root.crl", "crl"].map((name) =>
    folder.file(name),
  );
  const write = (file: string | undefined, text: string) => writeFileSync(file ?? "", text);
  write(identityFile, (await pki.leaf("service-a.example.com")).identity);
  write(caFile, pki.root);
  write(rootCrl, await pki.rootCrl());
  write(crl, await pki.intermediateCrl({ ttl: -5, revoked: ["4a:00:01"] }));
  const files = { identityFile: identityFile ?? "", caFile: caFile ?? "", crlFiles: [rootCrl ?? "", crl ?? ""] };
  const part = { serverName: "service-a.example.com", asClient: true };
  const identity = new ReloadingIdentity(
    files,
    part,
    () => {},
    () => {},
  );
  expect(await identity.first(10_000, AbortSignal.timeout(10_000))).toMatchObject({ lapsed: true });
  expect(identity.problem).toMatch(/out of date.*CRL_HAS_EXPIRED/);

  write(crl, await pki.intermediateCrl());
  await identity.reload();
  expect(identity).toMatchObject({ current: { lapsed: false }, problem: null });

  // Without any list that can be read it has nothing to go on with, and waits.
  write(crl, "");
  const none = new ReloadingIdentity(
    files,
    part,
    () => {},
    () => {},
  );
  await none.reload();
  expect(none).toMatchObject({ current: null, problem: "a CRL file holds no CRL" });
});
