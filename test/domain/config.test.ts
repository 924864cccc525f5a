import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig, operatorSocket } from "../../bot/config.ts";
import { loadText, problemsIn } from "../support/config-text.ts";

const right = `http: { host: 127.0.0.1, port: 3000 }
data: state
slack:
  channel: C0CERTS
  mode: http
  vaultPath: kv/certops-bot/slack
vault: { address: "https://127.0.0.1:8200", caFile: root.pem, tokenFile: token, pkiMount: pki }
identity: { file: identity.pem, caFile: root.pem }
probe: { every: 5s, deadline: 3s }
expiring: { within: 20% }
history: { keep: 24h }
digest: { cron: "0 9 * * 1-5", timezone: Europe/Madrid, channel: C0CERTS }
roles:
  approver: { users: [U0ANA], groups: [S0PLATFORM] }
services:
  service-a:
    owner: payments
    names: [service-a.example.com]
    issuer: { mount: pki, role: service-a }
    ttl: 2m
    key: EC P-256
    renewBefore: 20%
    deployment: { kind: vault-agent, mount: kv, path: certops/service-a }
    approval: { role: approver, deadline: 1h }
    rollout: all
    endpoints:
      - { instance: a-1, host: 127.0.0.1, port: 7443, serverName: service-a.example.com, agentLog: a-1.log }
endpoints:
  - { host: www.example.com, port: 443 }
`;

const listed = right.slice(
  right.indexOf("    endpoints:\n      - { instance"),
  right.indexOf("endpoints:\n  - { host"),
);

const scheduled = right
  .replace(
    listed,
    '    catalog: { kind: consul, service: service-a, tag: mtls, agentLog: "agents/{instance}/agent.log" }\n',
  )
  .replace("{ kind: vault-agent, mount: kv, path: certops/service-a }", "{ kind: nomad, job: service-a }")
  .replace(
    "identity:",
    `consul: { address: "https://127.0.0.1:8501", caFile: root.pem, tokenFile: consul-token }
nomad: { address: "https://127.0.0.1:4646", caFile: root.pem, tokenFile: nomad-token }
identity:`,
  );

const watched = "{ kind: consul, service: ledger-db, tag: tls, serverName: db.test }";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "certops-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tokens = { SLACK_BOT_TOKEN: "xoxb-test", SLACK_SIGNING_SECRET: "secret" };

const load = (source: string, environment?: Record<string, string>) => loadText(folder, source, environment);
const problemsOf = (source: string, environment?: Record<string, string>) =>
  problemsIn(() => load(source, environment));

describe("a right certops.yaml", () => {
  test("gives milliseconds, shares, absolute paths and whole services", () => {
    const config = load(right, tokens);
    expect(config.probe).toEqual({ every: 5_000, deadline: 3_000 });
    expect(config.data).toBe(join(folder, "state"));
    expect(config.slack.vaultPath).toEqual({ mount: "kv", path: "certops-bot/slack" });
    expect(config.slackTokens).toEqual({ botToken: "xoxb-test", signingSecret: "secret", appToken: null });
    expect(config.services.get("service-a")).toMatchObject({
      name: "service-a",
      renewBefore: 0.2,
      approval: { users: ["U0ANA"], groups: ["S0PLATFORM"], deadlineMs: 3_600_000 },
      endpoints: [{ id: "service-a/a-1", serverName: "service-a.example.com", protocol: "https", admin: null }],
      catalog: null,
    });
    expect(config.estate).toMatchObject({
      endpoints: [{ id: "www.example.com:443", service: null, serverName: "www.example.com" }],
      within: { kind: "share", share: 0.2 },
      staleAfterMs: 18_000,
    });
    expect(config.agentLogs.get("service-a/a-1")).toBe(join(folder, "a-1.log"));
  });

  test("tells two names on one port apart", () => {
    const two = `  - { host: 127.0.0.1, port: 443, serverName: one.test }\n  - { host: 127.0.0.1, port: 443, serverName: two.test }\n`;
    expect(load(`${right}${two}`).estate.endpoints.map(({ id }) => id)).toEqual([
      "www.example.com:443",
      "127.0.0.1:443/one.test",
      "127.0.0.1:443/two.test",
    ]);
  });

  test("takes instances from a catalog, and generations to Nomad", () => {
    const { services, consul, nomad, agentLogs } = load(scheduled);
    expect(services.get("service-a")).toMatchObject({
      endpoints: [],
      catalog: { kind: "consul", service: "service-a", tag: "mtls" },
      deployment: { kind: "nomad", job: "service-a" },
    });
    expect(consul).toEqual({
      address: "https://127.0.0.1:8501",
      caFile: join(folder, "root.pem"),
      tokenFile: join(folder, "consul-token"),
    });
    expect(nomad?.tokenFile).toBe(join(folder, "nomad-token"));
    expect(agentLogs.get("service-a/a-7")).toBe(join(folder, "agents/a-7/agent.log"));
    expect(agentLogs.get("service-z/z-1")).toBeUndefined();
  });

  test("looks up in a catalog what is only watched", () => {
    const { catalogs, estate } = load(`${scheduled}catalogs:\n  - ${watched}\n`);
    expect([...catalogs.values()]).toEqual([
      {
        catalog: { kind: "consul", service: "ledger-db", tag: "tls" },
        serverName: "db.test",
        protocol: "https",
        endpoints: [],
      },
    ]);
    expect(estate.endpoints).toHaveLength(1);
    expect(problemsOf(`${right}catalogs:\n  - ${watched}\n`)).toContain(
      "catalogs.0.kind: expected the section consul beside services",
    );
  });

  test("publishes the audit log's head each day where requests stand, unless it says otherwise", () => {
    expect(load(right).audit).toEqual({ cron: "0 6 * * *", timezone: "UTC", channel: "C0CERTS" });
    const own = load(`${right}audit: { cron: "0 7 * * *", channel: C0AUDIT }\n`);
    expect(own.audit).toEqual({ cron: "0 7 * * *", timezone: "UTC", channel: "C0AUDIT" });
  });

  test("draws plain blocks, and Slack's newest only where it says so", () => {
    expect(load(right).slack.blocks).toBe("plain");
    expect(load(right.replace("mode: http", "mode: http\n  blocks: newest")).slack.blocks).toBe("newest");
  });

  test("leaves the tokens to Vault when the environment has none", () => {
    expect(load(right).slackTokens).toBeNull();
  });

  test("is what the example is, too", () => {
    const example = readFileSync(join(import.meta.dirname, "../../bot/certops.example.yaml"), "utf8");
    expect([...load(example).services.keys()]).toEqual(["checkout", "ledger"]);
  });

  test("names the operator's socket even when the rest of the file is wrong", () => {
    const file = join(folder, "certops.yaml");
    writeFileSync(file, "data: elsewhere\nnonsense: true\n");
    expect(operatorSocket({ CERTOPS_CONFIG: file })).toBe(join(folder, "elsewhere", "bot.sock"));
  });
});

describe("a wrong certops.yaml is told in one sentence", () => {
  const cases: [from: string, to: string, sentence: string][] = [
    ["every: 5s", "every: 5 seconds", 'line 9, probe.every: found "5 seconds", expected a duration such as 5s'],
    [
      "digest:",
      "audit: { cron: daily }\ndigest:",
      'line 12, audit.cron: found "daily", expected a cron expression such as "0 9 * * 1-5"',
    ],
    ["every: 5s", "every: 5", "line 9, probe.every: found 5, expected a duration such as 5s"],
    ["every: 5s, ", "", "line 9, probe.every: missing, expected a duration such as 5s"],
    ["within: 20%", "within: soon", 'line 10, expiring.within: found "soon", expected a duration or a share'],
    ["port: 3000", "port: 70000", "line 1, http.port: found 70000, expected a port number"],
    ["mode: http", "mode: https", 'line 5, slack.mode: found "https", expected one of http, socket'],
    [
      "channel: C0CERTS",
      "channel: certificates",
      'line 4, slack.channel: found "certificates", expected a channel\'s id',
    ],
    ["  mode: http", "  mod: http", "line 5, slack.mod: the key mod means nothing here: did you mean mode?"],
    [
      "rollout: all",
      "rollout: some",
      'line 25, services.service-a.rollout: found "some", expected one of all, one-first',
    ],
    [
      "renewBefore: 20%",
      "renewBefore: 120%",
      'services.service-a.renewBefore: found "120%", expected a share between 0% and 100%',
    ],
    ["ttl: 2m", "ttl: 2 minutes", 'services.service-a.ttl: found "2 minutes", expected a lifetime as Vault takes it'],
    [
      "role: approver",
      "role: aprover",
      "services.service-a.approval.role: no role aprover under roles: did you mean approver?",
    ],
    ["users: [U0ANA], groups: [S0PLATFORM]", "users: [], groups: []", "roles.approver: nobody has this role"],
    ["users: [U0ANA]", "users: [ana]", 'roles.approver.users.0: found "ana", expected a person\'s id'],
    ["0 9 * * 1-5", "at nine", 'digest.cron: found "at nine", expected a cron expression'],
    ["Europe/Madrid", "Europe/Nowhere", 'digest.timezone: found "Europe/Nowhere", expected a time zone'],
    ["caFile: root.pem, tokenFile", "caFile: gone.pem, tokenFile", "line 7, vault.caFile: no such file: "],
    [
      "  service-a:\n",
      "  Service A:\n",
      "services.Service A: found the key Service A, expected a name of a–z, 0–9 and -",
    ],
    ["  vaultPath: kv/certops-bot/slack\n", "", "slack: no tokens: set SLACK_BOT_TOKEN, or slack.vaultPath"],
    ["http: { host", "http: { host: { host", "not YAML"],
  ];

  test.each(cases)("%s → %s", (from, to, sentence) => {
    expect(right).toContain(from);
    expect(problemsOf(right.replace(from, to))).toContain(sentence);
  });

  test.each<[from: string, to: string, sentence: string]>([
    ["consul: {", "# {", "services.service-a.catalog.kind: expected the section consul beside services"],
    ["nomad: {", "# {", "services.service-a.deployment.kind: expected the section nomad beside services"],
    [
      "kind: nomad, job: service-a",
      "kind: nomad",
      "services.service-a.deployment.job: missing, expected the name of a Nomad job",
    ],
    [
      "kind: nomad, job",
      "kind: kubernetes, job",
      'services.service-a.deployment.kind: found "kubernetes", expected one of vault-agent, nomad',
    ],
    ["kind: consul, service", "kind: dns, service", 'catalog.kind: found "dns", expected one of consul, nomad'],
    ["tag: mtls, ", "", "services.service-a.catalog.tag: missing, expected the tag of those of them"],
    ["agents/{instance}/", "agents/", "expected a file for each instance, such as agents/{instance}/agent.log"],
    ["    catalog:", `${listed}    catalog:`, "services.service-a.endpoints: its catalog lists them already"],
    ["caFile: root.pem, tokenFile: nomad", "caFile: gone.pem, tokenFile: nomad", "nomad.caFile: no such file: "],
    [
      "tokenFile: consul-token",
      "token: secret",
      "consul.token: the key token means nothing here: did you mean tokenFile?",
    ],
  ])("of a scheduled service: %s → %s", (from, to, sentence) => {
    expect(scheduled).toContain(from);
    expect(problemsOf(scheduled.replace(from, to))).toContain(sentence);
  });

  test("a service without any instances", () => {
    expect(problemsOf(right.replace(listed, ""))).toContain(
      "services.service-a: where are its instances? Expected endpoints, or a catalog that lists them",
    );
  });

  test("an instance listed twice", () => {
    const line =
      "      - { instance: a-1, host: 127.0.0.1, port: 7443, serverName: service-a.example.com, agentLog: a-1.log }\n";
    expect(problemsOf(right.replace(line, line + line))).toContain("endpoints.1.instance: a-1 is listed twice");
  });

  test("half of the tokens", () => {
    expect(problemsOf(right, { SLACK_BOT_TOKEN: "xoxb-test" })).toContain("SLACK_SIGNING_SECRET is not");
    expect(problemsOf(right.replace("mode: http", "mode: socket"), tokens)).toContain("SLACK_APP_TOKEN is not");
  });

  test("all problems are told at once, and no secret with them", () => {
    const message = problemsOf(right.replace("every: 5s", "every: never").replace("ttl: 2m", "ttl: 2"), tokens);
    expect(message).toContain("has 2 problems");
    expect(message).not.toContain("xoxb-test");
  });

  test("an empty file, and none at all", () => {
    expect(problemsOf("")).toContain("found nothing, expected a section with http, data");
    expect(() => loadConfig({ CERTOPS_CONFIG: join(folder, "none.yaml") })).toThrow(/none\.yaml cannot be read/);
  });
});
