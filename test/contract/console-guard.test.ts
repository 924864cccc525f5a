import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONSOLE_TOKEN, consoleFixture, tokenOf } from "./console-fixture.ts";

let fixture: Awaited<ReturnType<typeof consoleFixture>>;
let token: string;

beforeAll(async () => {
  fixture = await consoleFixture();
  token = tokenOf((await fixture.send("/")).text);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const click = (headers: Record<string, string>) =>
  fixture.send("/workspace/click", { method: "POST", headers, body: '{"user":"U0BEN"}' });
const code = (text: string) => (JSON.parse(text) as { code: string }).code;

describe("only the console's own page may click", () => {
  test("with its origin and its token, a click reaches the stand-in", async () => {
    const { status } = await click({ origin: fixture.origin, "x-console-token": token });
    expect(status).toBe(200);
    expect(fixture.standIn.asked.at(-1)).toMatchObject({
      method: "POST",
      url: "/workspace/click",
      body: '{"user":"U0BEN"}',
    });
  });

  test.each([
    ["another website", { origin: "https://evil.example" }, "CONSOLE_ORIGIN"],
    ["another port of this machine", { origin: "http://localhost:1" }, "CONSOLE_ORIGIN"],
    ["a sandboxed page", { origin: "null" }, "CONSOLE_ORIGIN"],
    ["a page reached by a name that was rebound to this machine", { host: "evil.example" }, "CONSOLE_HOST"],
  ])("%s is refused, even with the token", async (_who, headers, expected) => {
    const before = fixture.standIn.asked.length;
    const { status, text } = await click({ origin: fixture.origin, "x-console-token": token, ...headers });
    expect([status, code(text)]).toEqual([403, expected]);
    expect(fixture.standIn.asked.length).toBe(before);
  });

  test.each([
    ["no token", {}],
    ["a wrong token", { "x-console-token": "x".repeat(32) }],
    ["a token of another length", { "x-console-token": "x" }],
  ])("%s is refused", async (_what, headers) => {
    const { status, text } = await click({ origin: fixture.origin, ...headers });
    expect([status, code(text)]).toEqual([403, "CONSOLE_TOKEN"]);
  });

  test("no origin is refused: a form or a program is no page", async () => {
    const { status, text } = await click({ "x-console-token": token });
    expect([status, code(text)]).toEqual([403, "CONSOLE_TOKEN"]);
  });

  test("reading is refused too under a foreign name or origin", async () => {
    const rebound = await fixture.send("/", { headers: { host: `evil.example:${fixture.port}` } });
    const foreign = await fixture.send("/workspace/messages", { headers: { origin: "https://evil.example" } });
    expect([rebound.status, foreign.status]).toEqual([403, 403]);
    expect(rebound.text).not.toContain(token);
  });
});

describe("the page", () => {
  test("may be framed by nobody, and runs no script but its own", async () => {
    const first = await fixture.send("/");
    const second = await fixture.send("/");
    const policy = String(first.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "missing";
    expect(first.text).toContain(`nonce="${nonce}"`);
    expect(second.text).not.toContain(nonce);
    expect(first.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("never holds the bearer token that the console uses", async () => {
    const page = await fixture.send("/");
    expect(page.text + JSON.stringify(page.headers)).not.toContain(CONSOLE_TOKEN);
    await fixture.send("/workspace");
    expect(fixture.standIn.asked.at(-1)?.headers.authorization).toBe(`Bearer ${CONSOLE_TOKEN}`);
  });
});
