import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabState } from "../../lab/state.ts";
import { shakeHands } from "../../lab/visit.ts";
import { leftovers } from "../../lab/sweep.ts";
import { missing, missingCurl } from "../support/missing.ts";
import { listeningOn } from "../support/sockets.ts";
import { labCommand, labFolder, LabProcess, stateIn, statusIn } from "../support/lab-process.ts";

const run = promisify(execFile);
const checkout = join(import.meta.dirname, "../..");

describe("a lab in the foreground", () => {
  let folder: Awaited<ReturnType<typeof labFolder>>;
  let lab: LabProcess;
  let dir: string;

  beforeAll(async () => {
    folder = await labFolder();
    dir = folder.dir;
    lab = await LabProcess.up(dir);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("says what it does while it starts, then one URL and how long it took; its status is ready with every child and instance", async () => {
    const state = await stateIn(dir);
    expect(lab.output.slice(0, lab.output.indexOf("The lab is up.")).trim().split("\n")).toEqual([
      "Finding OpenBao",
      "Making the root, starting Vault",
      "Configuring Vault",
      "Starting the services, the bot and the Slack stand-in",
      "Opening the console",
    ]);
    expect(lab.output).toMatch(/^Ready in \d+ s\. Ctrl-C stops it and leaves nothing behind\.$/m);
    expect(lab.output.match(/https?:\/\/localhost:\d+/g)).toEqual([state.urls.console]);
    expect((await fetch(state.urls.console)).status).toBe(200);
    const status = await statusIn(dir);
    expect(status).toMatchObject({ ready: true, problems: [], slack: "stand-in", profile: ["default"] });
    expect(status.instances.map(({ instance, generation }) => `${instance} ${generation}`)).toEqual([
      "a-1 g0",
      "a-2 g0",
      "b-1 g0",
      "b-2 g0",
    ]);
    expect(status.children.map(({ name }) => name).toSorted()).toEqual(
      ["vault", "slack", "bot", "traffic", "a-1", "a-2", "b-1", "b-2"]
        .concat(["vault-server", "certops-bot", "a-1", "a-2", "b-1", "b-2"].map((name) => `agent ${name}`))
        .toSorted(),
    );
  });

  test("prints lines that work as they stand: curl to both services, and the bot in a terminal", async ({ skip }) => {
    if (missingCurl) skip(missingCurl);
    const lines = [...lab.output.matchAll(/curl --cacert .*/g)].map(([line]) => `${line} --silent --show-error`);
    lines.push(...(/CERTOPS_CONFIG=.* npm run certops .*/.exec(lab.output) ?? []));
    const told = await Promise.all(lines.map((line) => run("sh", ["-c", line])));
    expect(told.map(({ stdout }) => stdout)).toEqual([
      expect.stringContaining('service-b.example.com says: Hello from "service-b"'),
      expect.stringContaining('Hello from "service-b"'),
      expect.stringContaining("Expiring with"),
    ]);
  });

  test("serves what its status says, by our own handshake", async () => {
    const state = await stateIn(dir);
    const { instances } = await statusIn(dir);
    const shown = await Promise.all(state.instances.map((one) => shakeHands(one, state.files.root)));
    expect(shown).toEqual(instances.map(({ serial, generation }) => ({ serial, generation })));
  });

  test("serves on loopback alone, and so its health, metrics and refusals", async () => {
    for (const { port, adminPort } of (await stateIn(dir)).instances) {
      for (const one of [port, adminPort]) expect(await listeningOn(one)).toEqual(["0100007F"]);
    }
  });

  test("shows no secret: not in its status, its logs, or any command line; its files are its owner's alone", async () => {
    const state = await stateIn(dir);
    const key = await readFile(join(dir, "vault/unseal.key"), "utf8");
    const token = await readFile(join(dir, "bot/token"), "utf8");
    const { signingSecret, botToken, consoleToken } = state.slack;
    const secrets = [signingSecret, botToken, consoleToken, key.trim(), token.trim()];
    expect(secrets.every((secret) => secret.length >= 16)).toBe(true);

    const pids = await leftovers(dir);
    const logs = await Array.fromAsync(
      (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".log")),
    );
    const seen = [
      lab.output,
      (await labCommand(["status", "--dir", dir])).stdout,
      JSON.stringify(await statusIn(dir)),
      ...(await Promise.all(logs.map((name) => readFile(join(dir, name), "utf8")))),
      ...(await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8")))),
      ...(await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, "utf8")))),
    ].join("\n");
    expect(pids.length).toBeGreaterThanOrEqual(14);
    expect(logs.length).toBeGreaterThanOrEqual(12);
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);

    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    const owned = ["state.json", "control.sock", "bot/token", "vault/unseal.key", "instances/a-1/identity.pem"];
    expect(await modeOf(dir)).toBe("700");
    expect(await Promise.all(owned.map((name) => modeOf(join(dir, name))))).toEqual(owned.map(() => "600"));
  });

  test("has no mesh whose root could be rotated, and says which lab has", async () => {
    expect(await labCommand(["rotate-root", "--dir", dir])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/error: This lab has no mesh\.\n\s+Start one that has: npm start -- --connect/),
    });
  });

  test("is left alone by a second start, which tells its URL and how to stop it", async () => {
    const { urls, supervisor } = await stateIn(dir);
    const second = await labCommand(["up", "--dir", dir]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`A lab is up already: ${urls.console} (process ${supervisor.pid})`);
    expect(second.stderr).toContain("npm run lab -- down");
    expect((await statusIn(dir)).ready).toBe(true);
  });

  test("reset twice from another terminal is the same lab twice, new from the ground, in its own terminal", async () => {
    const same = ({ ports, urls, supervisor, files, instances }: LabState) => ({
      ports,
      urls,
      supervisor,
      files,
      instances,
    });
    const before = await stateIn(dir);
    const serials = new Set((await statusIn(dir)).instances.map(({ serial }) => serial));
    for (const turn of [1, 2]) {
      const reset = await labCommand(["reset", "--dir", dir]);
      expect(reset).toMatchObject({ code: 0, stdout: expect.stringContaining(before.urls.console) });
      const after = await stateIn(dir);
      expect(after.id).not.toBe(before.id);
      expect(same(after)).toEqual(same(before));
      const { instances, ready } = await statusIn(dir);
      expect(ready).toBe(true);
      expect(new Set(instances.map(({ generation }) => generation))).toEqual(new Set(["g0"]));
      for (const { serial } of instances) serials.add(serial);
      expect(serials.size).toBe(4 * (turn + 1));
    }
    expect(lab.process.exitCode).toBeNull();
  }, 120_000);

  test("goes down by Ctrl-C and leaves nothing behind", async () => {
    expect(await lab.stop("SIGINT")).toBe(0);
    expect(await leftovers(dir)).toEqual([]);
    await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
    const { stderr, code } = await labCommand(["status", "--dir", dir]);
    expect({ stderr, code }).toMatchObject({ code: 1, stderr: expect.stringContaining(`No lab is up in ${dir}`) });
  });
});

/** Goes before a command: in a network of its own, where nobody else has the documented ports. */
const alone = ["--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
const missingAlone = missing(
  "unshare",
  [...alone, "true"],
  "iproute2, and a kernel that lets you make user namespaces",
);

test("npm start has the documented ports; detached, it stays when its command returns, and goes down from anywhere", async ({
  skip,
}) => {
  if (missingAlone) skip(missingAlone);
  await using folder = await labFolder();
  const { dir } = folder;
  const up = await run("unshare", [...alone, "npm", "start", "--", "--detach", "--dir", dir], { cwd: checkout });
  expect(up.stdout).toContain("The lab is up. Open  http://localhost:3002");
  const { supervisor } = await stateIn(dir);
  expect(supervisor.detached).toBe(true);
  const { ready, instances } = await statusIn(dir);
  expect(ready).toBe(true);
  expect(instances.map(({ instance, port }) => [instance, port])).toEqual([
    ["a-1", 7443],
    ["a-2", 7444],
    ["b-1", 8443],
    ["b-2", 8444],
  ]);
  expect((await labCommand(["down", "--dir", dir])).code).toBe(0);
  expect(await leftovers(dir)).toEqual([]);
  await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
  expect((await labCommand(["down", "--dir", dir])).stdout).toContain("No lab was up");
}, 90_000);

const interrupts = ["SIGTERM", "SIGHUP"] as const;

test.for(interrupts)("a start interrupted by %s leaves nothing behind", { timeout: 60_000 }, async (signal) => {
  await using folder = await labFolder();
  await using lab = LabProcess.start(folder.dir);
  await lab.says("Configuring Vault");
  expect(await lab.stop(signal)).toBe(0);
  expect(await leftovers(folder.dir)).toEqual([]);
  await expect(stat(folder.dir)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a lab that is tied goes down when the other end of its stdin is gone", async () => {
  await using folder = await labFolder();
  await using lab = LabProcess.start(folder.dir);
  await lab.says("Making the root");
  lab.process.stdin?.end();
  expect(await lab.ended).toBe(0);
  expect(await leftovers(folder.dir)).toEqual([]);
}, 60_000);
