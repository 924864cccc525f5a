import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { aHomeWorld } from "../support/home-world.ts";
import { tellUnasked } from "../support/told-unasked.ts";
import { answer, row } from "../support/view-fixtures.ts";
import { answerView } from "../../bot/slack/views/answer.ts";
import { outlookChartView } from "../../bot/slack/views/outlook.ts";
import { consoleBefore } from "./fake-console.ts";
import { fakeLab } from "./fake-lab.ts";
import { missingBrowser, openConsole } from "./open-console.ts";

const home = (page: Page) => page.getByRole("region", { name: "Home" });
const become = (page: Page, name: string) => page.getByRole("radio", { name }).check({ force: true });

beforeEach(({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
});

test("the Home tab and its forms, by keyboard and by mouse, in a browser", { timeout: 120_000 }, async () => {
  await using world = await aHomeWorld();
  const now = Date.now();
  world.rows = ["service-a", "service-b"].map((service, index) => ({
    ...row(index, { notAfter: now + (index + 1) * 86_400_000, names: [`${service}.example.com`] }),
    service,
    places: [{ service, instance: "1", endpoint: `${service}/1`, owner: "payments" }],
    remainingMs: (index + 1) * 86_400_000,
  }));
  world.unknown = [
    { endpoint: "10.0.0.7:8443", serverName: "10.0.0.7", why: "It does not answer.", since: now - 3_600_000 },
  ];
  await world.desk.snooze({ what: "service-b", until: "7d", reason: "it goes on Friday", user: "U0BEN" });
  const first = await world.asked("service-b", "U0CHEN");
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await consoleBefore(fakeLab("default"), world.bot.workspace));
  const { page, complaints, screenshot } = stack.use(await openConsole(url));

  // Ana opens her Home tab by its key, and asks for a renewal by keyboard alone.
  await page.getByRole("radio", { name: "ana", exact: true }).waitFor({ state: "attached" });
  await page.keyboard.press("h");
  await home(page).getByText("What needs attention").waitFor();
  await home(page).getByText("Nothing needs you now").waitFor({ state: "detached" });
  await home(page).getByText("it goes on Friday").waitFor();
  await home(page).getByRole("button", { name: "Wake up service-b" }).waitFor();
  await screenshot("20-home-light");
  await page.keyboard.press("n");
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Renew a certificate…");
  await page.keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: "Renew a certificate" });
  await form.waitFor();
  const menu = form.getByRole("combobox", { name: "Which service?" });
  await menu.focus();
  await page.keyboard.type("ser");
  await form.getByRole("option", { name: "service-b" }).getByText("asked for already").waitFor();
  await screenshot("21-home-form-light");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await menu.inputValue()).toBe("service-b");
  // Escape closes the list alone.
  await page.keyboard.press("ArrowDown");
  await form.getByRole("listbox").waitFor();
  await page.keyboard.press("Escape");
  await form.getByRole("listbox").waitFor({ state: "hidden" });
  expect(await form.isVisible()).toBe(true);
  await page.keyboard.press("Tab");
  await page.keyboard.type("   ");
  await form.getByRole("button", { name: "Ask" }).click();
  await form.locator(".input.refused").filter({ hasText: "who approves it has to know" }).waitFor();
  await screenshot("22-home-form-refused-light");
  await form.getByLabel("What for?").fill("its key may have leaked");
  await form.getByRole("button", { name: "Ask" }).click();
  const over = page.getByRole("dialog", { name: "Not asked yet" });
  await over.getByText("already asks for a renewal of service-b").waitFor();
  await over.getByRole("button", { name: "Back" }).click();
  await form.waitFor();
  // As it was filled in.
  expect(await menu.inputValue()).toBe("service-b");
  expect(await form.getByLabel("What for?").inputValue()).toBe("its key may have leaked");
  await menu.fill("service-a");
  await form.getByRole("option", { name: "service-a" }).click();
  await form.getByRole("button", { name: "Ask" }).click();
  await form.waitFor({ state: "detached" });
  await home(page).getByText("Asked for a renewal of service-a").waitFor();
  await screenshot("23-home-asked-light");

  // Ben reads the plan of the first, and approves the second where it stands.
  await become(page, "ben");
  await home(page).getByText("2 requests").waitFor();
  await page.keyboard.press("t");
  await screenshot("24-home-dark");
  await home(page).getByRole("button", { name: "See the plan" }).first().click();
  const plan = page.getByRole("dialog", { name: /^Request r-/ });
  await plan.getByText("Deployed by").waitFor();
  await screenshot("25-home-plan-dark");
  await plan.getByRole("button", { name: "Approve" }).click();
  await plan.getByRole("heading", { name: "Renewing service-b" }).waitFor();
  await plan.getByRole("button", { name: "Close" }).click();
  await home(page).getByRole("heading", { name: "Under way" }).waitFor();
  expect((await world.store.requests.find(first))?.state).toBe("approved");
  await home(page).getByRole("button", { name: "Approve" }).click();
  const sure = page.getByRole("dialog", { name: "Approve it?" });
  await sure.getByText("Renew service-a?").waitFor();
  await screenshot("26-home-sure-dark");
  await page.keyboard.press("Enter");
  await home(page).getByText("Nobody waits for a decision.").waitFor();

  // Back in the channel: tables and charts by Slack's newest blocks, drawn here too.
  await page.getByRole("button", { name: "#certificates" }).click();
  const rows = Array.from({ length: 12 }, (_, index) => row(index, { notAfter: now + (index + 1) * 86_400_000 }));
  const table = answerView(answer({ rows }), { args: ["expiring"], page: 0, now, newest: true });
  const marks = (["near", "fine", "silent"] as const).map((state, index) => ({
    ...{ state, label: "a", count: 4 - index },
    notAfter: now + 86_400_000 * (index * 20 + 1),
  }));
  const counts = { expired: 0, near: 4, fine: 3, silent: 2 };
  const lanes = [{ name: "payments", marks }];
  const chart = outlookChartView({ type: "outlook", at: now, lanes, more: 0, counts });
  for (const one of [table, chart])
    expect(await world.bot.workspace.api("chat.postMessage", { channel: "C0CERTS", ...one })).toMatchObject({
      ok: true,
    });
  const drawn = page.getByRole("table", { name: "Certificates, the soonest end first" });

  await drawn.getByRole("button", { name: "Left" }).dblclick();
  await drawn.getByRole("rowheader", { name: "service-11.example.com" }).waitFor();
  await page.getByRole("button", { name: "→" }).click();
  await page.getByText("page 2 of 2, 12 rows").waitFor();
  await page.getByRole("listitem", { name: "30 days: fine 3, near its end 0" }).waitFor();
  await screenshot("28-newest-dark");
  await page.keyboard.press("t");
  await screenshot("28-newest-light");

  // What nobody typed for: a notice of what ends, the digest, what came of a revocation, and the week's picture.
  await tellUnasked(world.store, now);
  const said = (words: RegExp) => page.getByRole("article").filter({ hasText: words }).last();
  const notice = said(/ledger ends soon/);
  await notice.getByText("If nobody renews it, its callers fail at").waitFor();
  await notice.getByRole("button", { name: "Renew" }).waitFor();
  const digest = said(/Certificates today/);
  await digest.getByText("2 of 5 endpoints not known to be well").waitFor();
  const receipt = said(/service-a: 2 old certificates revoked/);
  await receipt.getByText("held by every instance").waitFor();
  const picture = page.getByRole("img", { name: /^Expiries ahead: 0 expired, 1 near their end.*ledger\/l-1/ });
  await picture.scrollIntoViewIfNeeded();
  await picture.and(page.locator("img")).evaluate((image: HTMLImageElement) => image.decode());
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  // As large as it is behind a click: in the chat its smallest words are too small to read.
  const large = page.getByRole("link", { name: /^Expiries ahead: 0 expired/ });
  const file = await page.request.get(new URL((await large.getAttribute("href")) ?? "", page.url()).href);
  expect(file.headers()["content-type"]).toBe("image/png");
  for (const [name, message] of Object.entries({ notice, digest, receipt, picture })) {
    await message.evaluate((shown) => shown.scrollIntoView({ block: "start" }));
    await screenshot(`29-${name}-light`);
  }
  await page.keyboard.press("t");
  await screenshot("29-picture-dark");
  await page.keyboard.press("h");
  await home(page).getByText("Nobody waits for a decision.").waitFor();

  // What is wrong with the page is not there when it is narrow either.
  await page.setViewportSize({ width: 420, height: 900 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(420);
  await screenshot("27-home-narrow-dark");
  expect(complaints).toEqual([]);
});
