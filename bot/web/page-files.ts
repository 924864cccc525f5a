import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findPackageJSON, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";

export interface File {
  type: string;
  body: string;
  /** Of the page itself: its content policy. */
  policy?: string;
}

const PAGE = join(import.meta.dirname, "page");
const LIBRARY = "@simplewebauthn/browser";

/** The page's files by their path below /passkey; null: there is none. No build step: TypeScript goes out without its types. */
export async function pageFile(path: string): Promise<File | null> {
  switch (path) {
    case "":
      return page();
    case "/page.ts":
    case "/plan.ts":
      return { type: "text/javascript", body: stripTypeScriptTypes(await readFile(join(PAGE, path), "utf8")) };
    case "/page.css":
      return { type: "text/css", body: await readFile(join(PAGE, path), "utf8") };
    case "/seal.svg":
      return { type: "image/svg+xml", body: await readFile(join(PAGE, path), "utf8") };
    default:
      return libraryFile(path);
  }
}

async function page(): Promise<File> {
  const nonce = randomBytes(16).toString("base64");
  const imports = { imports: { [LIBRARY]: "/passkey/library/index.js" } };
  const template = await readFile(join(PAGE, "index.html"), "utf8");
  return {
    type: "text/html",
    body: template.replace("{{nonce}}", nonce).replace("{{imports}}", JSON.stringify(imports)),
    policy: [
      "default-src 'none'",
      `script-src 'self' 'nonce-${nonce}'`,
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join("; "),
  };
}

/** The library as it was published, module by module. */
async function libraryFile(path: string): Promise<File | null> {
  const name = /^\/library\/((?:[A-Za-z-]+\/)?[A-Za-z0-9-]+\.js)$/.exec(path)?.[1];
  const manifest = findPackageJSON(LIBRARY, import.meta.url);
  if (name === undefined || manifest === undefined) return null;
  const body = await readFile(join(dirname(manifest), "esm", name), "utf8").catch(() => null);
  return body === null ? null : { type: "text/javascript", body };
}
