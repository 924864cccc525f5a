import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findPackageJSON, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import express, { Router } from "express";

const PAGE = join(import.meta.dirname, "page");

/** Served under /modules/<name>/: the folder of each installed package that the page imports. */
const PACKAGES = ["lit", "lit-html", "lit-element", "@lit/reactive-element", "uplot"];

const IMPORTS = {
  lit: "/modules/lit/index.js",
  "lit/": "/modules/lit/",
  "lit-html": "/modules/lit-html/lit-html.js",
  "lit-html/": "/modules/lit-html/",
  "lit-element/lit-element.js": "/modules/lit-element/lit-element.js",
  "lit-element/": "/modules/lit-element/",
  "@lit/reactive-element": "/modules/@lit/reactive-element/reactive-element.js",
  "@lit/reactive-element/": "/modules/@lit/reactive-element/",
  uplot: "/modules/uplot/dist/uPlot.esm.js",
};

/** The page as the browser runs it: no build step; TypeScript goes out with its types stripped. */
export function pageFiles(token: string): Router {
  const router = Router();
  router.get("/", async (_request, response) => {
    const nonce = randomBytes(16).toString("base64");
    const template = await readFile(join(PAGE, "index.html"), "utf8");
    response.set("content-security-policy", policy(nonce)).type("html").send(fill(template, { nonce, token }));
  });
  router.get("/page/*file", async (request, response, next) => {
    const path = (request.params as unknown as { file: string[] }).file.join("/");
    if (!/^[\w-]+(\/[\w-]+)*\.ts$/.test(path)) return next();
    const source = await readFile(join(PAGE, path), "utf8").catch(() => null);
    if (source === null) return next();
    response.type("text/javascript").send(stripTypeScriptTypes(source));
  });
  router.use("/page", express.static(PAGE, { index: false }));
  for (const name of PACKAGES) router.use(`/modules/${name}`, express.static(folderOf(name), { index: false }));
  return router;
}

/** By its package.json: what Node itself would import from a package may not be what a browser needs. */
const folderOf = (name: string) => dirname(findPackageJSON(name, import.meta.url) ?? name);

function fill(template: string, { nonce, token }: { nonce: string; token: string }): string {
  return template
    .replaceAll("{{nonce}}", nonce)
    .replace("{{token}}", token)
    .replace("{{imports}}", JSON.stringify({ imports: IMPORTS }));
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: https:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
