import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { missingFirewall } from "../support/firewall-lab.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { missingBrowser, type OpenConsole, openConsole } from "./open-console.ts";

// One lab whose firewall is closed, and one browser before it, for all of these in their order.

const missing = missingFirewall ?? missingBrowser;
let lab: Lab;
let console: OpenConsole;

beforeAll(async () => {
  if (missing !== null) return;
  lab = await startOwnLab({ firewall: true });
  console = await openConsole(lab.state.urls.console);
});
afterAll(async () => {
  await console?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  if (missing !== null) skip(missing);
});

const picture = () => console.page.getByRole("group", { name: "Firewall", exact: true });
const call = () => picture().locator("#passage");
const messages = () => console.page.getByRole("log", { name: "Messages" }).getByRole("article");
const rules = () => console.page.getByRole("region", { name: "Rules in the router" }).locator("tbody tr");

async function type(line: string): Promise<void> {
  await console.page.keyboard.press("/");
  await console.page.keyboard.type(line);
  await console.page.keyboard.press("Enter");
}

/** As the console shows it. */
async function number(text: () => Promise<string | null>): Promise<number> {
  return Number((await text())?.replaceAll(",", ""));
}

const grows = (what: string, text: () => Promise<string | null>, than: number) =>
  eventually(
    `${what} counts more than ${than}`,
    async () => ((await number(text)) > than ? true : null),
    AbortSignal.timeout(30_000),
  );

test("closed: service-a's call fails at the router, which counts what it drops", async () => {
  const { page, screenshot } = console;
  await call().and(page.locator(".closed")).waitFor();
  expect(await call().textContent()).toMatch(/mTLS failed.*no rule lets it through/s);
  expect(await rules().count()).toBe(0);
  const dropped = () => picture().locator('[data-counter="dropped"]').textContent();
  await grows("dropped", dropped, await number(dropped));
  const { cts } = lab.state.firewall ?? {};
  const strip = page.getByRole("group", { name: "CTS" });
  expect(await strip.getByText(cts?.kind === "real" ? cts.version : "stand-in", { exact: true }).isVisible()).toBe(
    true,
  );
  await screenshot("20-real-firewall-closed");
});

test("the form filled in and approved by ben: the call turns green and its rule's counter moves", async () => {
  const { page, screenshot, complaints } = console;
  await type("/firewall request");
  const form = page.getByRole("dialog", { name: "Request a firewall rule" });
  await form.getByLabel("Who is to be let through?").fill("service-a");
  await form.getByLabel("To whom?").fill("servce-b");
  await form.getByLabel("Protocol and port").fill("tcp/8443");
  await form.getByLabel("What for?").fill("the nightly export");
  await form.getByRole("button", { name: "Ask" }).click();
  await form.locator(".input.refused", { hasText: "Did you mean service-b?" }).waitFor();
  await screenshot("21-real-firewall-form");
  await form.getByLabel("To whom?").fill("service-b");
  await form.getByRole("button", { name: "Ask" }).click();
  await form.waitFor({ state: "detached" });

  const asked = messages().filter({ has: page.getByRole("button", { name: "Approve" }) });
  await asked.waitFor();
  const ts = (await asked.getAttribute("data-ts")) ?? "";
  const id = /\bf-[a-z2-7]{8}\b/.exec((await asked.textContent()) ?? "")?.[0] ?? "none";
  await screenshot("22-real-firewall-asked");
  expect(await rules().count()).toBe(0);

  await page.getByRole("radio", { name: "ben" }).check({ force: true });
  await asked.getByRole("button", { name: "Approve" }).click();
  await call().and(page.locator(".open")).waitFor();
  expect(await call().textContent()).toContain(`by ${id}`);
  const row = rules().filter({ hasText: id });
  expect(await row.locator(".lets").textContent()).toBe("service-a → service-b, tcp/8443");
  const packets = () => row.locator(".packets").textContent();
  await grows(id, packets, await number(packets));

  const receipt = page.locator(`[data-ts="${ts}"]`);
  await receipt.filter({ hasText: "service-a → service-b tcp/8443 is open" }).waitFor();
  await screenshot("23-real-firewall-open-light");
  await page.keyboard.press("t");
  await screenshot("23-real-firewall-open-dark");
  expect(complaints).toEqual([]);
});

test("an instance that moved is drawn at its other address", async () => {
  await lab.control.moveInstance("b-db");
  const database = picture().locator("#host-database");
  await database.locator(".address", { hasText: "10.81.3.3" }).waitFor();
  expect(await database.getAttribute("aria-label")).toContain("b-db serves at 10.81.3.3:8443");
});
