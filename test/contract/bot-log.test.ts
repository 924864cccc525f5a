import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "../../bot/log.ts";

function lineOf(write: (log: ReturnType<typeof createLog>) => void): string {
  const out = new PassThrough();
  write(createLog(out));
  return String(out.read());
}

test("of an error only its code, words, hint and causes are logged, never what a client hung on it", () => {
  const cause = Object.assign(new Error("refused"), { config: { headers: { "X-Vault-Token": "s.secret" } } });
  const error = Object.assign(new Error("no answer", { cause }), {
    code: "vault-down",
    response: { token: "s.secret" },
  });
  const line = lineOf((log) => log.error({ err: error }, "does not get on"));
  expect(JSON.parse(line)).toMatchObject({
    level: "error",
    msg: "does not get on",
    err: { code: "vault-down", message: "no answer", cause: { message: "refused" } },
  });
  expect(line).not.toContain("s.secret");
});

test("what is named like a secret is not written", () => {
  const line = lineOf((log) =>
    log.info({ token: "s.secret", slack: { botToken: "xoxb-secret", headers: { a: "s.secret" } } }, "up"),
  );
  expect(JSON.parse(line)).toMatchObject({ msg: "up", token: "[redacted]", slack: { botToken: "[redacted]" } });
  expect(line).not.toContain("secret");
});
