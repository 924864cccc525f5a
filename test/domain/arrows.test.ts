import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Who may import whom. A folder not listed on the right is out of bounds; its own folder is always allowed. */
const arrows: { from: string; to: string[] }[] = [
  { from: "bot/domain", to: [] },
  { from: "bot/operations", to: ["bot/domain", "bot/errors.ts"] },
  { from: "bot/adapters", to: ["bot/operations", "bot/domain", "bot/errors.ts"] },
  { from: "bot/slack", to: ["bot/operations", "bot/domain", "bot/errors.ts"] },
  { from: "bot/web", to: ["bot/slack/views", "bot/operations", "bot/domain", "bot/errors.ts"] },
  { from: "bot", to: [] },
  { from: "services", to: [] },
  { from: "vault-config", to: [] },
  { from: "lab", to: ["vault-config"] },
];

interface Import {
  file: string;
  target: string;
}

function importsOf(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(root, file), "utf8");
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
      return specifiers.map((specifier) => ({
        file,
        target: relative(root, resolve(root, dirname(file), specifier)),
      }));
    });
}

const within = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

describe("arrows between the rooms", () => {
  test.each(arrows)("$from imports only itself and $to", ({ from, to }) => {
    const imports = importsOf(from);
    expect(imports.length).toBeGreaterThan(0);
    const forbidden = imports.filter(({ target }) => ![from, ...to].some((place) => within(target, place)));
    expect(forbidden).toEqual([]);
  });

  test("only the configuration reads the bot's environment", () => {
    const readers = readdirSync(join(root, "bot"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .filter((name) => readFileSync(join(root, "bot", name), "utf8").includes("process.env"));
    expect(readers).toEqual(["config.ts"]);
  });
});

describe("the app is free of TLS", () => {
  /** What runs when that file does: everything it imports, and what that imports in turn. What is imported as a type alone is gone by then. */
  function runsWith(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    if (!file.endsWith(".ts")) return seen;
    const text = readFileSync(join(root, file), "utf8");
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export)(?! type )[^"]*"([^"]+)"/gm)) {
      runsWith(specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : specifier, seen);
    }
    return seen;
  }
  const tls = ["node:tls", "node:https", "node:crypto", "services/identity.ts"];

  test.each([
    ["services/pages.ts", []],
    ["services/plain.ts", []],
    ["services/mtls.ts", tls],
  ])("%s runs with this of TLS: %j", (file, expected) => {
    const run = runsWith(file);
    expect(run).toContain("express");
    expect(tls.filter((name) => run.has(name))).toEqual(expected);
  });
});
