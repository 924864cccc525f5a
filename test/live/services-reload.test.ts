import { appendFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:tls";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serverNames, ServicePair, type Swaps } from "../support/service-pair.ts";
import { until } from "../support/service-process.ts";
import { TestPki, type Leaf } from "../support/test-pki.ts";

/** The serial shown to a client that connects now. */
async function served(pair: ServicePair): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port: pair.a.port, ca: pair.pki.root, servername: serverNames.a });
  await once(socket, "secureConnect");
  const serial = socket.getPeerX509Certificate()?.serialNumber.toLowerCase().match(/../g)?.join(":");
  socket.destroy();
  return serial;
}

const swaps = async (pair: ServicePair) => (await pair.a.admin<Swaps>("/swaps")).swaps;

describe("a new identity", () => {
  let pair: ServicePair;

  beforeAll(async () => {
    pair = await ServicePair.start();
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  test.each(["ec", "rsa"] as const)("with a key of kind %s is served from the moment it is taken", async (key) => {
    const leaf = await pair.rotate("a", { key, generation: `of-${key}` });
    expect(await served(pair)).toBe(leaf.serial);
    expect((await swaps(pair)).at(-1)).toMatchObject({
      outcome: "swapped",
      serial: leaf.serial,
      generation: `of-${key}`,
      problem: null,
    });
  });

  test("written in place, in two halves, is taken when it is whole", async () => {
    const { identity, serial } = await pair.leaf("a");
    await writeFile(pair.folder.at("a.pem"), identity.slice(0, 300));
    await appendFile(pair.folder.at("a.pem"), identity.slice(300));
    await until("the whole identity", async () => (await pair.health("a")).identity?.serial === serial);
    expect((await pair.health("a")).problem).toBeNull();
  });
});

describe("an identity that does not hold is refused, told, and the old one is served on", () => {
  let pair: ServicePair;
  let good: Leaf;

  beforeAll(async () => {
    pair = await ServicePair.start();
    good = await pair.rotate("a", { generation: "good" });
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  const other = () => pair.leaf("a");
  const damaged = (pem: string) => pem.replace(/(BEGIN CERTIFICATE-----\n.{20})..../, "$1AAAA");
  const cases: [what: string, identity: () => Promise<string>, problem: RegExp][] = [
    ["an empty file", async () => "", /^the file is empty$/],
    [
      "a certificate without its key",
      async () => (await other()).chain,
      /^the file must hold one private key, but holds 0$/,
    ],
    ["a key without a certificate", async () => (await other()).key, /^the file holds no certificate$/],
    ["a key of another certificate", async () => (await other()).key + (await other()).chain, /are not a pair/],
    ["a truncated file", async () => (await other()).identity.slice(0, -100), /^the file ends in mid-block$/],
    ["a damaged certificate", async () => damaged((await other()).identity), /the PEM is damaged/],
    [
      "an expired certificate",
      async () => (await pair.leaf("a", { ttl: -5 })).identity,
      /has expired \(CERT_HAS_EXPIRED\)/,
    ],
    [
      "one that begins tomorrow",
      async () => (await pair.leaf("a", { age: -86_400, ttl: 90_000 })).identity,
      /not valid yet/,
    ],
    ["a leaf without its intermediate", async () => (await other()).key + (await other()).certificate, /not a pair/],
    [
      "one of another CA",
      async () => (await (await TestPki.create("Other")).leaf(serverNames.a)).identity,
      /not trusted/,
    ],
    ["another service's name", async () => (await pair.leaf("b")).identity, /does not carry the name/],
    [
      "one that may not be a client",
      async () => (await pair.leaf("a", { purposes: ["server"] })).identity,
      /not meant for this use/,
    ],
  ];

  test.each(cases)("%s", async (_what, identity, problem) => {
    await pair.give("a", { identity: await identity() });
    await until("the refusal", async () => problem.test((await pair.health("a")).problem ?? ""));
    expect((await swaps(pair)).at(-1)).toMatchObject({ outcome: "refused", problem: expect.stringMatching(problem) });
    expect(pair.a.lines.at(-1)).toMatchObject({ event: "swap-refused", problem: expect.stringMatching(problem) });
    expect((await pair.health("a")).status).toBe("ok");
    expect(await served(pair)).toBe(good.serial);
  });

  test("a file that went away", async () => {
    await rm(pair.folder.at("a.pem"));
    await until("the refusal", async () => pair.health("a").then(({ problem }) => problem?.startsWith("ENOENT")));
    expect(await served(pair)).toBe(good.serial);
  });

  test("no key was ever written to the log", () => {
    expect(JSON.stringify(pair.a.lines) + pair.a.stderr).not.toContain("PRIVATE KEY");
  });

  test("a good one afterwards ends the problem", async () => {
    await pair.rotate("a");
    expect((await pair.health("a")).problem).toBeNull();
  });
});

describe("revocation lists", () => {
  test("a stale list is kept out, while the identity that comes with it is taken", async () => {
    await using pair = await ServicePair.start();
    await pair.folder.replace("intermediate.crl", await pair.pki.intermediateCrl({ ttl: -5 }));
    await until("the refusal", async () => /CRL_HAS_EXPIRED/.test((await pair.health("b")).problem ?? ""));
    const leaf = await pair.rotate("b", { generation: "beside-a-stale-list" });
    expect((await pair.health("b")).problem).toMatch(/CRL_HAS_EXPIRED/);

    const visitor = await pair.pki.leaf("visitor.example.com");
    expect(await pair.get("b", "/", visitor)).toMatchObject({ status: 200 });
    expect((await pair.health("b")).identity?.serial).toBe(leaf.serial);
  });

  test("a list that lapses in use takes nobody down: who it names stays refused, and a fresh one ends it", async () => {
    await using pair = await ServicePair.start();
    const revoked = await pair.leaf("a");
    const visitor = await pair.pki.leaf("visitor.example.com");
    const own = await pair.leaf("b", { generation: "revoked" });
    const named = [revoked.serial, own.serial];
    await pair.folder.replace("intermediate.crl", await pair.pki.intermediateCrl({ ttl: 3, revoked: named }));
    for (const side of ["a", "b"] as const) {
      const bare = revoked.serial.replaceAll(":", "");
      const asked = () =>
        pair.process(side).admin<{ checks: boolean; named: string[] }>(`/revoked?serial=${bare}&serial=00`);
      await until(`service-${side} to hold the list`, async () => (await asked()).named.length === 1);
      expect(await asked()).toEqual({ checks: true, named: [bare] });
    }
    for (const side of ["a", "b"] as const) {
      await until("the end of the list", async () => /CRL_HAS_EXPIRED/.test((await pair.health(side)).problem ?? ""));
      expect(await pair.health(side)).toMatchObject({
        status: "ok",
        problem: expect.stringContaining("let in until then"),
      });
      expect(await pair.get(side, "/", visitor)).toMatchObject({ status: 200 });
      expect(await pair.get(side, "/", revoked)).toMatchObject({
        status: 403,
        text: expect.stringContaining("was revoked (CERT_REVOKED)"),
      });
    }
    expect((await pair.get("a", "/w-mtls")).text).toContain("Outcome: answered");
    const leaf = await pair.rotate("b", { generation: "while-the-list-has-lapsed" });
    expect((await pair.health("b")).identity?.serial).toBe(leaf.serial);

    await pair.give("b", own);
    await until("service-b to show it", async () => (await pair.health("b")).identity?.serial === own.serial);
    const { text } = await pair.get("a", "/w-mtls");
    expect(text).toContain("Refused by: service-a (this side)\nCause: service-b.example.com's certificate was revoked");
    await pair.rotate("b");

    await pair.folder.replace("intermediate.crl", await pair.pki.intermediateCrl({ revoked: [revoked.serial] }));
    await until("the fresh list", async () => (await pair.health("b")).problem === null);
    await expect(pair.get("b", "/", revoked)).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
    });
  });

  test("a service does not take a certificate that is revoked", async () => {
    await using pair = await ServicePair.start();
    const revoked = await pair.leaf("a");
    await pair.folder.replace("intermediate.crl", await pair.pki.intermediateCrl({ revoked: [revoked.serial] }));
    await pair.give("a", revoked);
    await until("the refusal", async () => /CERT_REVOKED/.test((await pair.health("a")).problem ?? ""));
    expect(await served(pair)).not.toBe(revoked.serial);
  });
});
