import { statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BotProcess, operate, writeConfig } from "../support/bot-process.ts";
import { certops } from "../support/certops.ts";
import { freePort, until } from "../support/service-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";
import { httpsServer, tcpServer } from "../support/tls-server.ts";
import { startTestVault } from "../support/vault.ts";

const pki = await TestPki.create();
const tokens = { SLACK_BOT_TOKEN: "xoxb-of-the-tests", SLACK_SIGNING_SECRET: "secret-of-the-tests" };

async function setUp() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const leaf = await pki.leaf("service-a.example.com", { ttl: 3_600, generation: "g0" });
  const instance = stack.use(await httpsServer({ cert: leaf.chain, key: leaf.key }));
  const httpPort = await freePort();
  const place = { httpPort, apiUrl: "http://127.0.0.1:9/api/", port: instance.port, root: pki.root };
  const file = writeConfig(folder, place, (config) => {
    config["http"] = { host: "127.0.0.1", port: httpPort, publicUrl: `http://localhost:${httpPort}` };
    config["passkeys"] = { approval: { role: "approver", deadline: "1h" } };
  });
  const environment = { CERTOPS_CONFIG: file, ...tokens };
  const url = `http://127.0.0.1:${httpPort}`;
  return { folder, leaf, url, httpPort, environment, stack, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("a bot that runs", { timeout: 60_000 }, () => {
  let lab: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    lab = await setUp();
    lab.stack.use(await BotProcess.start(lab.environment));
    await until("every endpoint to be looked at", async () => (await fetch(`${lab.url}/healthz`)).status === 200);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test("tells its health, with Vault down beside it", async () => {
    const health = await until("Vault to be looked at", async () => {
      const body = (await (await fetch(`${lab.url}/healthz`)).json()) as Record<string, unknown>;
      return body["vault"] === "down" && body;
    });
    expect(health).toMatchObject({ status: "ok", slack: "connected", store: "ok", frozen: [] });
    expect(health["oldestProbe"]).toBeTypeOf("number");
  });

  test("publishes metrics under the names people graph, each line as Prometheus reads it", async () => {
    const text = await (await fetch(`${lab.url}/metrics`)).text();
    for (const name of [
      "x509_cert_not_after",
      "x509_cert_not_before",
      "x509_cert_expired",
      "ssl_cert_not_after",
      "ssl_probe_success",
      "certmanager_certificate_expiration_timestamp_seconds",
      "certops_requests",
      "certops_outbox_waiting",
    ])
      expect(text).toContain(`# TYPE ${name} gauge`);
    expect(text).toMatch(/^ssl_probe_success\{instance="service-a\/a-1"\} 1$/m);
    const sample = /^[a-z_][a-z0-9_]*(\{([a-zA-Z_]+="([^"\\\n]|\\.)*",?)*\})? [-+.eE\d]+$/;
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(line.startsWith("#") ? /^# (HELP|TYPE) / : sample);
  });

  test("refuses what it does not serve", async () => {
    expect((await fetch(`${lab.url}/`)).status).toBe(404);
    expect((await fetch(`${lab.url}/healthz`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${lab.url}/slack/events`)).status).toBe(405);
  });

  test("answers operators on a socket that only its user may open", async () => {
    expect(statSync(lab.folder.file("state/bot.sock")).mode & 0o777).toBe(0o600);
    const answer = await certops(["show", "service-a"], lab.environment);
    expect(answer).toMatchObject({ status: 0, stderr: "" });
    expect(answer.stdout).toContain(lab.leaf.serial);
    expect(answer.stdout).not.toContain("\u001B");
    const json = await certops(["--json", "expired"], lab.environment);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "answer", answer: { title: "Expired" } });
    expect(await certops(["renew", "service-x"], lab.environment)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("Did you mean service-a?"),
    });
    const dry = await certops(["renew", "service-a", "--dry-run"], lab.environment);
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining("dry run: nothing was asked for") });
    expect(dry.stdout).toContain(lab.leaf.serial);
    const unknown = await certops(["postpone"], lab.environment);
    expect(unknown).toMatchObject({ status: 1, stdout: expect.stringContaining("postpone is not a command.") });
    const refused = await certops(["freeze", "servce-a", "incident"], lab.environment);
    expect(refused.stdout).toContain("For everything: certops freeze all <reason>");
    expect(refused.stdout).not.toContain("/cert");
    expect((await certops(["--nonsense"], lab.environment)).status).toBe(2);
    expect((await certops(["--help"], lab.environment)).stdout).toContain(
      "certops renew <service> [--dry-run] [reason]",
    );
  });

  test("gives an operator the link for the first passkey, and serves its page without a foreign word", async () => {
    const { status, stdout } = await certops(["enrol", "U0BEN"], lab.environment);
    expect(status).toBe(0);
    expect(stdout).toContain("It is the first of all");
    const link = new URL(/http:\S+/.exec(stdout)?.[0] ?? "");
    expect(link.origin).toBe(`http://localhost:${lab.httpPort}`);
    const page = await fetch(`${lab.url}${link.pathname}`);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self' 'nonce-/);
    const text = await page.text();
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(3);
    for (const path of [...named, "/passkey/plan.ts", "/passkey/library/index.js"])
      expect([path, (await fetch(`${lab.url}${path}`)).status]).toEqual([path, 200]);
    for (const path of [
      "/passkey/wire.ts",
      "/passkey/library/../package.json",
      "/passkey/library/nonesuch.js",
      "/passkeys",
    ])
      expect([path, (await fetch(`${lab.url}${path}`)).status]).toEqual([path, 404]);
    const asked = { method: "POST", body: JSON.stringify({ token: link.hash.slice(1) }) };
    const headers = { "content-type": "application/json", origin: link.origin };
    expect(await (await fetch(`${lab.url}/passkey/v1/open`, { ...asked, headers })).json()).toMatchObject({
      ok: true,
      purpose: "enrol",
      user: "U0BEN",
    });
    expect(await (await fetch(`${lab.url}/passkey/v1/open`, asked)).json()).toMatchObject({ code: "wrong-origin" });
    expect((await certops(["passkeys"], lab.environment)).stdout).toContain("Nobody has a passkey.");
    expect((await certops(["enrol", "ben"], lab.environment)).stdout).toContain("ben is no Slack id.");
  });

  test("gives its audit log to whoever verifies it", async () => {
    await operate(lab.folder, "/v1/hold", { service: "service-a", reason: "for a row" });
    await operate(lab.folder, "/v1/release", { service: "service-a" });
    const { status, stdout } = await certops(["audit", "verify"], lab.environment);
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^The audit log holds: \d+ rows/),
    });
  });

  test("takes no operator for somebody in Slack, and refuses what it cannot read", async () => {
    expect(await operate(lab.folder, "/v1/cert", { args: ["thaw"], user: "U0BEN" })).toMatchObject({
      status: 400,
      body: { code: "bad-request" },
    });
    expect((await operate(lab.folder, "/v1/nonesuch")).status).toBe(404);
  });

  test("holds a service for a case, and keeps renewals out until it is released", async () => {
    const hold = { service: "service-a", reason: "case expired-a" };
    expect(await operate(lab.folder, "/v1/hold", hold)).toEqual({ status: 200, body: { held: true } });
    expect(await operate(lab.folder, "/v1/hold", hold)).toMatchObject({ status: 409, body: { code: "already-held" } });
    const renewal = { args: ["renew", "service-a"], user: "operator:test" };
    expect((await operate(lab.folder, "/v1/cert", renewal)).body).toMatchObject({
      ok: false,
      data: { code: "frozen" },
    });
    expect((await operate(lab.folder, "/v1/status")).body).toMatchObject({ ready: true, frozen: ["service-a"] });
    expect((await operate(lab.folder, "/v1/release", { service: "service-a" })).body).toEqual({ released: true });
    expect((await operate(lab.folder, "/v1/cert", renewal)).body).toMatchObject({ ok: true });
    // It waits for a decision: nothing is under way.
    expect((await operate(lab.folder, "/v1/status")).body).toEqual({
      ready: true,
      renewals: [],
      intentions: [],
      firewall: [],
      revocations: [],
      frozen: [],
    });
  });

  test("is alone on its store: a second one ends with a sentence", async () => {
    await using second = new BotProcess(lab.environment);
    expect(await second.exited).toBe(2);
    expect(second.stderr).toMatch(/^certops: The store .* is in use by process \d+\.\n.*\(store-in-use\)\n$/);
  });
});

describe("a bot that cannot start", { timeout: 60_000 }, () => {
  test("because its file is wrong says everything that is", async () => {
    await using lab = await setUp();
    writeFileSync(lab.environment.CERTOPS_CONFIG, "http: { port: none }\n");
    await using bot = new BotProcess(lab.environment);
    expect(await bot.exited).toBe(2);
    expect(bot.stderr).toContain('line 1, http.port: found "none", expected a port number');
    expect(bot.stderr).toContain("slack: missing");
    expect(bot.stderr).not.toContain("    at ");
  });

  test("because its file is no text says so in words that do not steer the terminal", async () => {
    await using lab = await setUp();
    writeFileSync(lab.environment.CERTOPS_CONFIG, Buffer.from("\u001B[31mhttp\u009B: [\u0000\u0007\u202E\u007F}\n"));
    await using bot = new BotProcess(lab.environment);
    expect(await bot.exited).toBe(2);
    expect(bot.stderr).toContain("not YAML");
    expect(bot.stderr).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
  });

  test("because its port is taken says by which address, and leaves nothing behind", async () => {
    await using lab = await setUp();
    await using other = await tcpServer(() => {});
    const { CERTOPS_CONFIG: file } = lab.environment;
    writeConfig(lab.folder, { httpPort: other.port, apiUrl: "http://127.0.0.1:9/api/", port: 9, root: pki.root });
    await using bot = new BotProcess(lab.environment);
    expect(await bot.exited).toBe(2);
    expect(bot.stderr).toContain(`127.0.0.1:${other.port} is taken by another program`);
    // It had not begun to work: nothing had to be waited for.
    expect(bot.stdout).toBe("");
    expect(file).toBe(lab.folder.file("certops.yaml"));
  });

  test("is not found by certops, which says where it looked", async () => {
    await using lab = await setUp();
    const answer = await certops(["expired"], lab.environment);
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain(`no bot listens at ${lab.folder.file("state/bot.sock")}`);
  });
});

test(
  "a bot whose tokens are in Vault waits for them in plain sight, then goes on by itself",
  { timeout: 90_000 },
  async () => {
    await using vault = await startTestVault();
    await using lab = await setUp();
    await vault.server.asRoot.write("sys/mounts/kv", { type: "kv", options: { version: "2" } });
    const { httpPort } = lab;
    writeConfig(
      lab.folder,
      { httpPort, apiUrl: "http://127.0.0.1:9/api/", port: 9, root: vault.root.certificatePem },
      (config) => {
        config["vault"] = { address: vault.server.address, caFile: "root.pem", tokenFile: "token", pkiMount: "pki" };
        config["slack"] = { channel: "C0CERTS", mode: "http", vaultPath: "kv/certops-bot/slack" };
      },
    );
    await using bot = await BotProcess.start({ CERTOPS_CONFIG: lab.environment.CERTOPS_CONFIG });
    const waiting = "Slack's tokens are in Vault, which does not give them yet; waiting";
    await bot.line(waiting);
    const health = await fetch(`${lab.url}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "starting", slack: "waiting for tokens" });
    expect((await fetch(`${lab.url}/slack/events`, { method: "POST" })).status).toBe(503);
    expect((await operate(lab.folder, "/v1/cert", { args: ["help"], user: "operator:test" })).status).toBe(200);

    const token = await vault.server.asRoot.token("auth/token/create", { policies: ["root"], ttl: "5m" });
    writeFileSync(lab.folder.file("token"), token, { mode: 0o600 });
    await until("the bot to say that there is no secret", async () =>
      bot.lines.some(({ msg, err }) => msg === waiting && JSON.stringify(err).includes("slack-tokens-missing")),
    );
    const secret = { bot_token: "xoxb-in-vault", signing_secret: "signing-in-vault" };
    await vault.server.asRoot.write("kv/data/certops-bot/slack", { data: secret });
    await bot.line("connected to Slack");
    for (const kept of [token, ...Object.values(secret)]) expect(bot.stdout).not.toContain(kept);
  },
);
