import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ctsClient } from "../../bot/adapters/cts/client.ts";
import { freePort } from "../support/service-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";
import { httpsServer, tcpServer } from "../support/tls-server.ts";

async function files(pki: TestPki) {
  const folder = temporaryFolder();
  const [identityFile, caFile] = [folder.file("identity.pem"), folder.file("root.pem")];
  const show = async () =>
    writeFile(identityFile, (await pki.leaf("bot.example.com", { purposes: ["client"] })).identity);
  await show();
  await writeFile(caFile, pki.root);
  return { identityFile, caFile, show, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

const ask = { method: "GET", path: "/v1/status", deadlineMs: 2_000 } as const;

test("CTS is asked over mTLS, also when the bot's agent has renewed its pair", async () => {
  const pki = await TestPki.create();
  using own = await files(pki);
  const { key, chain } = await pki.leaf("cts.example.com", { names: ["127.0.0.1"] });
  await using server = await httpsServer({
    key,
    cert: chain,
    ca: pki.root,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const client = ctsClient({ address: `https://127.0.0.1:${server.port}`, ...own });
  expect(await client.ask(ask)).toEqual({ status: 200, body: "hello" });
  await own.show();
  expect(await client.ask(ask)).toEqual({ status: 200, body: "hello" });
});

test("what is in the way is told, and how to mend it", async () => {
  const [pki, other] = [await TestPki.create(), await TestPki.create()];
  using own = await files(pki);
  const at = (port: number, more: object = {}) => ctsClient({ address: `https://127.0.0.1:${port}`, ...own, ...more });
  await expect(at(await freePort()).ask(ask)).rejects.toMatchObject({
    code: "cts-down",
    message: expect.stringContaining("nothing listens there"),
    hint: "Start CTS, or correct firewall.cts.address in certops.yaml.",
  });
  await using silent = await tcpServer(() => {});
  await expect(at(silent.port).ask({ ...ask, deadlineMs: 300 })).rejects.toMatchObject({
    code: "cts-down",
    message: expect.stringContaining("no answer to GET /v1/status within 0.3 s"),
  });
  const { key, chain } = await other.leaf("cts.example.com", { names: ["127.0.0.1"] });
  await using stranger = await httpsServer({ key, cert: chain });
  await expect(at(stranger.port).ask(ask)).rejects.toMatchObject({
    code: "cts-down",
    message: expect.stringContaining("its certificate is not to be trusted"),
  });
  await expect(at(1, { caFile: "nowhere" }).ask(ask)).rejects.toMatchObject({ code: "cts-ca-missing" });
});
