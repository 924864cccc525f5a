import { describe, expect, test } from "vitest";
import { refusedWithoutPage } from "../../bot/config-passkeys.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { enrolmentApproval, type PasskeyPolicy } from "../../bot/domain/passkey.ts";
import { loadText, problemsIn } from "../support/config-text.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const right = `http: { host: 127.0.0.1, port: 3000, publicUrl: "https://certops.example.com/" }
data: state
slack: { channel: C0CERTS, mode: http, vaultPath: kv/certops-bot/slack }
vault: { address: "https://127.0.0.1:8200", caFile: root.pem, tokenFile: token, pkiMount: pki }
identity: { file: identity.pem, caFile: root.pem }
probe: { every: 5s, deadline: 3s }
expiring: { within: 20% }
history: { keep: 24h }
roles: { approver: { users: [], groups: [S0PLATFORM] } }
passkeys: { approval: { role: approver, deadline: 30m } }
services:
  service-a:
    owner: payments
    names: [service-a.example.com]
    issuer: { mount: pki, role: service-a }
    ttl: 2m
    key: EC P-256
    renewBefore: 20%
    deployment: { kind: vault-agent, mount: kv, path: certops/service-a }
    approval: { role: approver, deadline: 1h, stepUp: passkey }
    rollout: all
    endpoints: [{ instance: a-1, host: 127.0.0.1, port: 7443, serverName: service-a.example.com }]
`;

function load(source: string) {
  using folder = temporaryFolder();
  return loadText(folder.path, source);
}

const problemsOf = (source: string) => problemsIn(() => load(source));

test("what takes a passkey says so, and passkeys have a page and approvers", () => {
  const { services, passkeys } = load(right);
  expect(services.get("service-a")?.approval).toEqual({
    ...byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    stepUp: "passkey",
  });
  expect(passkeys).toEqual({
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 1_800_000 }),
    origin: "https://certops.example.com",
  });
});

test("where a passkey is taken and no page asks for one is told at the start", () => {
  expect(refusedWithoutPage(load(right))).toEqual([]);
  const homeless = right.replace(/, publicUrl: "[^"]*"/, "");
  expect(refusedWithoutPage(load(homeless))).toEqual(["services.service-a", "passkeys"]);
  expect(refusedWithoutPage(load(homeless.replace(/^passkeys.*\n/m, "").replace(", stepUp: passkey", "")))).toEqual([]);
});

const service = "approval: { role: approver, deadline: 1h, stepUp: passkey }";
const byPolicy = (policy: string, from = right) =>
  from
    .replace(service, "approval: { policy: production }")
    .replace("services:\n", `policies: { production: { approve: approver, deadline: 1h, ${policy} } }\nservices:\n`);

test("a policy takes it for all that name it", () => {
  expect(load(byPolicy("stepUp: passkey")).services.get("service-a")?.approval).toMatchObject({
    name: "production",
    stepUp: "passkey",
  });
  expect(problemsOf(byPolicy("stepUp: passkey", right.replace(/^passkeys: .*\n/m, "")))).toContain(
    "policies.production.stepUp: takes passkeys, expected the section passkeys",
  );
});

test("what the policy itself approves takes nobody's passkey, so a policy has one of the two", () => {
  expect(problemsOf(byPolicy("stepUp: passkey, standing: { longest: 90d }"))).toContain(
    "policies.production.standing: it approves without a person, and stepUp takes a person's passkey: expected one of the two",
  );
  expect(problemsOf(byPolicy("standing: { longest: 90d }"))).toBe("no problem");
});

test("beside a policy there is none: it stands in the policy", () => {
  const both = byPolicy("approvers: 1").replace("{ policy: production }", "{ policy: production, stepUp: passkey }");
  expect(problemsOf(both)).toContain(
    "services.service-a.approval.stepUp: the policy says what approving takes, expected it there",
  );
});

test("an enrolment always takes one, and nobody is alone in it, whatever the policy allows elsewhere", () => {
  const people = { users: ["U0DANA"], groups: [], rotas: [] };
  const approval = { ...byRole("approver", { deadlineMs: 1 }), requesterCounts: true, breakGlass: people };
  const policy: PasskeyPolicy = { approval, origin: null };
  expect(enrolmentApproval(policy)).toMatchObject({ stepUp: "passkey", requesterCounts: false, breakGlass: null });
});

test("without an address there is none: it starts, and what takes a passkey is refused at the click", () => {
  expect(load(right.replace(/, publicUrl: "[^"]*"/, "")).passkeys).toMatchObject({ origin: null });
});

describe("publicUrl is where browsers let a passkey be used", () => {
  test.each(["http://localhost:3000", "https://certops.example.com", "https://certops.example.com:8443"])(
    "%s",
    (url) => {
      expect(load(right.replace("https://certops.example.com/", url)).passkeys).toMatchObject({ origin: url });
    },
  );

  test.each([
    "http://certops.example.com",
    "http://127.0.0.1:3000",
    "https://10.0.0.5",
    "https://[::1]:3000",
    "https://certops.example.com/bot",
    "https://user@certops.example.com",
    "ftp://certops.example.com",
    "certops",
  ])("%s is refused", (url) => {
    expect(problemsOf(right.replace("https://certops.example.com/", url))).toContain(
      `line 1, http.publicUrl: found "${url}"`,
    );
  });
});

test.each([
  ["stepUp: passkey", "stepUp: sms", 'services.service-a.approval.stepUp: found "sms", expected one of passkey'],
  [
    "passkeys: { approval: { role: approver, deadline: 30m } }\n",
    "",
    "services.service-a.approval.stepUp: takes passkeys, expected the section passkeys",
  ],
  ["passkeys: { approval: { role: approver,", "passkeys: { approval: { role: aprover,", "did you mean approver?"],
])("%s → %s", (from, to, sentence) => {
  expect(right).toContain(from);
  expect(problemsOf(right.replace(from, to))).toContain(sentence);
});
