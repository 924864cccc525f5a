import { expect, test } from "vitest";
import { agentAlarm } from "../../lab/stack/agent-alarm.ts";
import { hclString } from "../../lab/stack/hcl.ts";
import { describeChange } from "../../vault-config/change.ts";

test("a new object is shown with what it is to hold", () => {
  const change = {
    action: "create",
    kind: "role",
    path: "pki/roles/x",
    fields: [{ field: "ttl", from: null, to: "2m" }],
  } as const;
  expect(describeChange({ ...change, fields: [...change.fields] })).toBe('+ role pki/roles/x\n  + ttl = "2m"');
});

test("a changed field is shown with what it loses and gains", () => {
  const fields = [{ field: "max_ttl", from: 3600, to: "72h" }];
  expect(describeChange({ action: "change", kind: "role", path: "pki/roles/x", fields })).toBe(
    '~ role pki/roles/x\n  - max_ttl = 3600\n  + max_ttl = "72h"',
  );
});

test("of a policy only the lines that differ are shown", () => {
  const fields = [{ field: "policy", from: "one\nother\nthree\n", to: "one\ntwo\nthree\n" }];
  expect(describeChange({ action: "change", kind: "policy", path: "p", fields })).toBe(
    "~ policy p\n    policy:\n  -   other\n  +   two",
  );
});

test.each([
  ["* wrapping token is not valid or does not exist", "WRAP_ALREADY_OPENED"],
  ["* invalid role or secret ID", "AGENT_LOGIN_REFUSED"],
  ["* invalid secret id", "AGENT_LOGIN_REFUSED"],
  ["[INFO]  agent.auth.handler: authentication successful, sending token to sinks", null],
  ["* permission denied", null],
])("the log line %j raises %s", (line, code) => {
  expect(agentAlarm(line, "a-1")?.code ?? null).toBe(code);
});

test("a path stays a path in HCL, whatever it is named", () => {
  expect(hclString('/a "b"/${c}')).toBe('"/a \\"b\\"/$${c}"');
});
