import { readFile } from "node:fs/promises";
import { Agent, Client, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { revocationListIn } from "../../bot/adapters/revocation-list.ts";
import { caseNames } from "../../lab/cases/report.ts";
import { APPROVE, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { refusals } from "../../lab/instances.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabInstance, LabState } from "../../lab/state.ts";
import { shakeHands } from "../../lab/visit.ts";
import { BotDesk } from "../support/bot-desk.ts";
import { labCommand } from "../support/lab-process.ts";
import { missingCurl } from "../support/missing.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { shownByCase } from "../support/shown-by-case.ts";

let lab: Lab;
let workspace: Workspace;

beforeAll(async () => {
  lab = await startOwnLab();
  workspace = new Workspace(lab.state);
});
afterAll(() => lab[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(30_000);

describe("the seven cases", () => {
  test.for(caseNames)(
    "%s shows what it should, explained, and is put right again",
    { timeout: 90_000 },
    async (name, { skip }) => {
      if (name === "curl-insecure" && missingCurl) skip(missingCurl);
      const identity = () => Promise.all(lab.state.instances.map(({ identityFile }) => readFile(identityFile, "utf8")));
      const { code, stdout } = await labCommand(["case", name, "--json", "--dir", lab.state.dir]);
      const report = JSON.parse(stdout) as Record<string, string>;
      expect({ code, ...report }).toMatchObject({ code: 0, name, expected: true, restored: true, mesh: null });
      expect(report["clientSaw"]).toMatch(shownByCase[name].client);
      expect(report["serverKnew"]).toMatch(shownByCase[name].server);
      expect(report["command"]).toMatch(/^curl (--cacert|--insecure) .*--resolve service-[ab]/);
      for (const part of ["title", "cause", "fix"]) expect(report[part]).toMatch(/^[A-Za-z].{10,}/);

      const status = await lab.control.status();
      expect(status.problems).toEqual([]);
      expect(new Set((await identity()).map((pem) => pem.split("BEGIN CERTIFICATE").length))).toEqual(new Set([3]));
      const served = await Promise.all(lab.state.instances.map((one) => shakeHands(one, lab.state.files.root)));
      expect(served.map(({ serial }) => serial)).toEqual(status.instances.map(({ serial }) => serial));
    },
  );

  test("after all of them the agents still renew: a new generation reaches every instance", async () => {
    await lab.control.rotate("service-a");
    await lab.control.rotate("service-b");
    for (const instance of lab.state.instances) {
      const rotated = async () =>
        (await shakeHands(instance, lab.state.files.root)).generation === "g0" ? null : instance.instance;
      expect(await eventually(`${instance.instance} to rotate`, rotated, soon())).toBe(instance.instance);
    }
  });

  test("without a name, they are listed with what they show", async () => {
    const { stdout, code } = await labCommand(["case"]);
    expect(code).toBe(0);
    expect([...stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name)).toEqual([...caseNames]);
  });
});

test("a pair that was kept is refused by both services within three seconds of being in Vault's list, and only that one", async () => {
  const at = (instance: string) => lab.state.instances.find((one) => one.instance === instance) ?? fail(instance);
  const [a1, required, optional] = [at("a-1"), at("b-1"), at("a-2")];
  const kept = await readFile(a1.identityFile, "utf8");
  const { serial } = await shakeHands(a1, lab.state.files.root);
  const desk = new BotDesk(lab);
  await desk.says("show a-1", serial);
  const plan = await workspace.planFor("/cert revoke a-1 keyCompromise the key was seen in a log");
  expect(wordsOf(plan).join("\n")).toContain(serial);
  expect(await showing(required, kept)).toMatch(/^200 Hello/);

  await workspace.click("ben", plan, APPROVE);
  const listed = async () => ((await revokedIn(lab.state)).has(serial) ? true : null);
  await eventually("Vault's list to name it", listed, soon(), 50);
  const refused = async (by: LabInstance, words: RegExp) => words.exec(await showing(by, kept))?.[0] ?? null;
  const withinThree = AbortSignal.timeout(3_000);
  await eventually("b-1 to refuse it", () => refused(required, /^(ECONNRESET|UND_ERR_SOCKET)/), withinThree, 50);
  await eventually("a-2 to refuse it", () => refused(optional, /^403 .*was revoked \(CERT_REVOKED\)/), withinThree, 50);

  expect((await refusals(required)).map(({ code }) => code)).toContain("CERT_REVOKED");
  const told = await desk.becomes(plan, /\d old certificates? revoked/, 30_000);
  for (const { instance } of lab.state.instances) expect(told).toContain(`✅ ${instance}`);
  expect(await desk.becomes(plan, /Somebody still shows one/, 30_000)).toContain(`127.0.0.1  at service-a/a-2 with`);
  expect(await showing(required, await readFile(a1.identityFile, "utf8"))).toMatch(/^200 Hello/);
  expect((await lab.control.status()).problems).toEqual([]);
}, 90_000);

describe("a case is refused", () => {
  test("while another runs", async () => {
    const first = lab.control.runCase("expired-b");
    await expect(lab.control.runCase("normal")).rejects.toMatchObject({
      code: "LAB_BUSY",
      message: "The lab is busy with the case expired-b.",
    });
    await expect(lab.control.rotate("service-a")).rejects.toMatchObject({ code: "LAB_BUSY" });
    expect(await first).toMatchObject({ expected: true, restored: true });
  });

  test("while a renewal runs, with the bot's own sentence, and nothing was changed", async () => {
    const agent = lab.children().find(({ name }) => name === "agent b-2");
    const message = await workspace.planFor("/cert renew service-b to see who waits for whom");
    agent?.pause();
    try {
      await workspace.click("ben", message, APPROVE);
      const under = async () => ((await lab.control.status()).bot.renewals > 0 ? true : null);
      await eventually("the renewal to be under way", under, soon());
      const told = await labCommand(["case", "expired-b", "--dir", lab.state.dir]);
      expect(told).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*service-b/) });
      expect((await lab.control.status()).problems).toEqual([]);
    } finally {
      agent?.resume();
    }
    const done = async () => {
      const now = (await workspace.seenBy("ben")).find(({ ts }) => ts === message.ts);
      return now?.text.includes("Every instance serves") ? now.ts : null;
    };
    expect(await eventually("the renewal's end", done, soon(), 200)).toBe(message.ts);
    const idle = async () => ((await lab.control.status()).bot.renewals === 0 ? true : null);
    await eventually("the bot to be done with it", idle, soon());
  }, 90_000);
});

test("while a case runs no renewal starts: asked for or approved, it is refused or waits until the case is over", async () => {
  const message = await workspace.planFor("/cert renew service-b to see who waits for whom");
  const running = lab.control.runCase("expired-b");
  const held = async () => ((await lab.control.status()).bot.frozen.length > 0 ? true : null);
  await Promise.race([running, eventually("the hold at the bot", held, soon())]);
  await workspace.click("ben", message, APPROVE);
  await eventually("the refusal to ben", () => refusalTo("ben"), soon(), 200);
  expect((await lab.control.status()).bot.renewals).toBe(0);
  expect(await running).toMatchObject({ expected: true, restored: true });
  expect((await lab.control.status()).bot.frozen).toEqual([]);
}, 90_000);

function fail(instance: string): never {
  throw new Error(`there is no ${instance}`);
}

/** What an instance says to who shows that pair in a handshake of this moment: status and page, or the code. */
async function showing({ host, port, serverName }: LabInstance, pair: string): Promise<string> {
  const ca = await readFile(lab.state.files.root);
  const client = new Client(`https://${host}:${port}`, {
    connect: { ca, key: pair, cert: pair, servername: serverName, maxCachedSessions: 0 },
  });
  try {
    const { statusCode, body } = await client.request({ path: "/", method: "GET", headers: { host: serverName } });
    return `${statusCode} ${await body.text()}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await client.destroy();
  }
}

async function revokedIn({ urls, files }: LabState): Promise<ReadonlySet<string>> {
  await using dispatcher = Object.assign(new Agent({ connect: { ca: await readFile(files.root) } }), {
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  });
  const { body } = await request(`${urls.vault}/v1/pki/crl/pem`, { dispatcher });
  return revocationListIn(await body.text()).serials;
}

async function refusalTo(person: "ben"): Promise<string | null> {
  const told = (await workspace.seenBy(person)).filter(
    ({ ephemeral, text }) => ephemeral && text.includes("service-b"),
  );
  return told.at(-1)?.text ?? null;
}
