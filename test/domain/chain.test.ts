import { beforeAll, describe, expect, test } from "vitest";
import { certificatesIn } from "../../bot/adapters/x509.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import { explainChain } from "../../bot/domain/chain.ts";
import { TestPki } from "../support/test-pki.ts";

const name = "service-a.example.com";
let ours: TestPki;
let theirs: TestPki;
/** Another CA that took the names of ours. */
let impostor: TestPki;
let roots: Certificate[];

beforeAll(async () => {
  [ours, theirs, impostor] = [
    await TestPki.create("Ours"),
    await TestPki.create("Theirs"),
    await TestPki.create("Ours"),
  ];
  roots = certificatesIn(ours.root, "our root");
});

const explain = (pem: string, now = Date.now()) => explainChain(certificatesIn(pem, "a test"), roots, now);
const codes = (pem: string, now?: number) => explain(pem, now).problems.map(({ code }) => code);

describe("a chain", () => {
  test("that is as it should be: leaf, intermediate, and our root above", async () => {
    const { chain } = await ours.leaf(name);
    const { links, problems } = explain(chain);
    expect(problems).toEqual([]);
    expect(links.map(({ role, presented, signedByNext }) => [role, presented, signedByNext])).toEqual([
      ["leaf", true, true],
      ["intermediate", true, true],
      ["root", false, null],
    ]);
  });

  test("without its intermediate", async () => {
    const { problems } = explain((await ours.leaf(name)).certificate);
    expect(problems).toMatchObject([{ code: "missing-issuer", subject: `CN=${name}` }]);
    expect(problems[0]?.cause).toContain("CN=Ours Intermediate");
  });

  test("in the wrong order", async () => {
    const { certificate } = await ours.leaf(name);
    const report = explain(certificate + ours.root + ours.intermediate);
    expect(report.problems.map(({ code }) => code)).toEqual(["wrong-order", "needless-root"]);
    expect(report.links.map(({ signedByNext }) => signedByNext)).toEqual([false, null, null]);
  });

  test("with a stranger in it", async () => {
    const { certificate } = await ours.leaf(name);
    expect(codes(certificate + theirs.intermediate + ours.intermediate)).toEqual(["wrong-order"]);
  });

  test("of another CA, with and without its root", async () => {
    const { chain } = await theirs.leaf(name);
    expect(codes(chain)).toEqual(["missing-issuer"]);
    expect(codes(chain + theirs.root)).toEqual(["not-ours"]);
  });

  test("of another CA that bears our names", async () => {
    const { chain } = await impostor.leaf(name);
    expect(explain(chain).problems).toMatchObject([{ code: "not-ours", subject: "CN=Ours Intermediate" }]);
    expect(explain(chain + impostor.root).problems[0]?.cause).toContain("bears the name");
  });

  test("of another CA's leaf beside our intermediate", async () => {
    const { certificate } = await impostor.leaf(name);
    expect(codes(certificate + ours.intermediate)).toContain("missing-issuer");
  });

  test("with our root at its end, which is of no use there", async () => {
    expect(codes((await ours.leaf(name)).chain + ours.root)).toEqual(["needless-root"]);
  });

  test("whose leaf is over, or whose intermediate is", async () => {
    const { chain } = await ours.leaf(name, { ttl: -5 });
    expect(explain(chain).problems).toMatchObject([{ code: "expired", subject: `CN=${name}` }]);
    const late = Date.now() + 400 * 86_400_000;
    expect(explain(chain, late).problems.map(({ subject }) => subject)).toEqual([
      `CN=${name}`,
      "CN=Ours Intermediate",
      "CN=Ours Root",
    ]);
  });

  test("from before its time", async () => {
    expect(codes((await ours.leaf(name)).chain, Date.now() - 1_800_000)).toEqual(["not-yet-valid"]);
  });

  test("of nothing", () => {
    expect(explainChain([], roots, 0).problems).toMatchObject([{ code: "empty" }]);
  });
});
