import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startConsole } from "../../lab/console/server.ts";
import { consoleFixture, tokenOf } from "./console-fixture.ts";

let fixture: Awaited<ReturnType<typeof consoleFixture>>;

beforeAll(async () => {
  fixture = await consoleFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function post(path: string) {
  const token = tokenOf((await fixture.send("/")).text);
  const headers = { origin: fixture.origin, "x-console-token": token };
  const { status, text } = await fixture.send(path, { method: "POST", headers });
  return { status, said: JSON.parse(text) as { code: string; message: string; hint: string } };
}

/** The first event of a stream that does not end. */
async function firstEvent(path: string): Promise<string> {
  const response = await fetch(`${fixture.url}${path}`, { signal: AbortSignal.timeout(5_000) });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n\n")) break;
  }
  return text;
}

describe("files", () => {
  test("TypeScript goes out as JavaScript", async () => {
    const { status, headers, text } = await fixture.send("/page/instances/lifetime.ts");
    expect(status).toBe(200);
    expect(headers["content-type"]).toContain("text/javascript");
    expect(text).toContain("export function duration(ms");
    expect(text).not.toContain("ms: number");
  });

  test("everything the import map names is there", async () => {
    const { text } = await fixture.send("/");
    const map = /<script type="importmap"[^>]*>([^<]+)</.exec(text)?.[1] ?? "{}";
    const { imports } = JSON.parse(map) as { imports: Record<string, string> };
    const files = Object.values(imports).filter((path) => path.endsWith(".js"));
    expect(files.length).toBeGreaterThan(3);
    const answers = await Promise.all(files.map((path) => fixture.send(path)));
    expect(answers.map(({ status }) => status)).toEqual(files.map(() => 200));
  });

  test.each([
    "/page/../server.ts",
    "/page/..%2fserver.ts",
    "/page/%2e%2e/server.ts",
    "/modules/lit/../../package.json",
  ])("nothing outside the page's folders: %s", async (path) => {
    const { status, text } = await fixture.send(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain("startConsole");
  });
});

describe("streams", () => {
  test("the lab's feed begins with its history", async () => {
    expect(await firstEvent("/api/feed")).toMatch(/^event: history\ndata: \{"points":/);
  });

  test("the stand-in's events pass through as they come", async () => {
    expect(await firstEvent("/workspace/events")).toContain('{"type":"first"}');
  });
});

describe("refusals", () => {
  test("a case that there is not", async () => {
    const { status, said } = await post("/api/cases/nonsense");
    expect([status, said.code]).toEqual([409, "UNKNOWN_CASE"]);
    expect(said.hint).toContain("no-client-cert");
  });

  test("a case that the lab refuses says why and what to do", async () => {
    const { status, said } = await post("/api/cases/normal");
    expect(status).toBe(409);
    expect(said).toEqual({
      code: "LAB_BUSY",
      message: "The lab is busy with a renewal.",
      hint: "Try again when it is done.",
    });
  });

  test("another root where there is no mesh says how to get one", async () => {
    const { status, said } = await post("/api/mesh/rotate-root");
    expect([status, said.code, said.hint]).toEqual([409, "NO_MESH", "Start one with --connect."]);
  });

  test("another root is not for a page without the token", async () => {
    const { status, text } = await fixture.send("/api/mesh/rotate-root", {
      method: "POST",
      headers: { origin: fixture.origin },
    });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([403, "CONSOLE_TOKEN"]);
  });

  test("a port that is taken", async () => {
    const control = { status: never, traffic: never, runCase: never, rotateMeshRoot: never };
    const state = { urls: { slack: "" }, slack: { consoleToken: "", channel: { id: "", name: "" } } };
    await expect(startConsole({ port: fixture.port, control, state })).rejects.toMatchObject({ code: "PORT_TAKEN" });
  });

  test("a stand-in that is away", async () => {
    await using alone = await consoleFixture();
    await alone.standIn[Symbol.asyncDispose]();
    const { status, text } = await alone.send("/workspace");
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([502, "STAND_IN_DOWN"]);
  });
});

const never = () => Promise.reject(new Error("nobody asks this"));
