import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";

const CHROMIUM = "/usr/bin/chromium";
const SCREENSHOTS = join(import.meta.dirname, "screenshots");
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Nothing moves on it by itself: drawn without a graphics card, that takes half a processor. */
const SCREEN = { viewport: { width: 1440, height: 900 }, colorScheme: "light", reducedMotion: "reduce" } as const;
/** For each wait of its own: a renewal takes seconds, an expired certificate has to expire first. */
const PATIENCE_MS = 60_000;

/** What is missing to run a browser here; null when nothing is. */
export const missingBrowser = existsSync(CHROMIUM) ? null : "needs Debian's chromium: apt-get install chromium";

export interface OpenConsole extends AsyncDisposable {
  page: Page;
  /** What the browser complained about: errors of the page, refused requests, breaches of its content policy. */
  complaints: string[];
  screenshot: (name: string) => Promise<void>;
}

/** One for all pages of a file: each has what it stores for itself. */
let browser: Promise<Browser> | null = null;
afterAll(async () => (await browser)?.close());

export async function openConsole(url: string): Promise<OpenConsole> {
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  const page = await (await browser).newPage(SCREEN);
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    complaints,
    screenshot: async (name) => {
      await mkdir(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
    [Symbol.asyncDispose]: () => page.context().close(),
  };
}
