import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

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

export async function openConsole(url: string): Promise<OpenConsole> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
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
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
