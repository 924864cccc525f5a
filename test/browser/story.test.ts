import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { readState } from "../../lab/state.ts";
import { labFolder, LabProcess } from "../support/lab-process.ts";
import { missingBrowser, openConsole } from "./open-console.ts";

const card = (page: Page, instance: string) => page.getByRole("article", { name: instance, exact: true });
const generation = (page: Page, instance: string) => card(page, instance).locator(".generation").textContent();
const serial = (page: Page, instance: string) => card(page, instance).locator(".serial").getAttribute("title");
/** Of what a card counts down, in seconds. */
async function left(page: Page, instance: string): Promise<number> {
  const [minutes = 0, seconds = 0] = (await card(page, instance).getByRole("timer").innerText()).split(":").map(Number);
  return 60 * minutes + seconds;
}
/** Seen as soon as it is less than it was a look before: a renewal puts it up. */
async function falls(look: () => Promise<number>): Promise<void> {
  let last = await look();
  const isLess = async () => {
    const [before, now] = [last, await look()];
    last = now;
    return now < before;
  };
  await expect.poll(isLess).toBe(true);
}
/** All that the steady clients have sent, as the chart's head says it. */
async function sent(page: Page): Promise<number> {
  const head = await page.getByRole("region", { name: "Traffic" }).innerText();
  return Number(/failed of ([\d,]+)/.exec(head)?.[1]?.replaceAll(",", ""));
}
const chart = (page: Page) =>
  page.locator("traffic-chart canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
const messages = (page: Page) => page.getByRole("log", { name: "Messages" }).getByRole("article");

/** Waits until the card shows this generation; a wait in vain fails the test with what it showed. */
const shows = (page: Page, instance: string, wanted: string) =>
  card(page, instance).locator(".generation", { hasText: wanted }).waitFor();

/** From then on the page's element notes when a word is drawn in a canvas, as the chart does at the line of a rotation. */
function noteWhenDrawn(page: Page, word: string): Promise<void> {
  return page.evaluate((wanted) => {
    const { prototype } = CanvasRenderingContext2D;
    const draw: (this: CanvasRenderingContext2D, ...text: Parameters<typeof prototype.fillText>) => void = Reflect.get(
      prototype,
      "fillText",
    );
    prototype.fillText = function (...text) {
      if (text[0].split(" ").includes(wanted)) document.body.dataset["drawn"] = wanted;
      draw.apply(this, text);
    };
  }, word);
}

/** As a person at the keyboard: the box by its key, then the line. */
async function type(page: Page, line: string): Promise<void> {
  await page.keyboard.press("/");
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

test("the story, clicked and typed in a browser", { timeout: 400_000 }, async ({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
  await using folder = await labFolder();
  await using _lab = await LabProcess.up(folder.dir);
  const url = (await readState(folder.dir))?.urls.console ?? "";
  await using console = await openConsole(url);
  const { page, complaints, screenshot } = console;
  await page.getByText("Slack stand-in").waitFor();
  await Promise.all(["a-1", "a-2", "b-1", "b-2"].map((instance) => shows(page, instance, "g0")));

  // All of it lives: certificates are counted down, requests counted up and drawn.
  const [sentBefore, drawn] = await Promise.all([sent(page), chart(page)]);
  await falls(() => left(page, "a-1"));
  await expect.poll(() => sent(page)).toBeGreaterThan(sentBefore);
  await expect.poll(() => chart(page)).not.toBe(drawn);

  // Ana asks what expires, and only she sees the answer.
  await type(page, "/cert expiring");
  const answer = messages(page).filter({ hasText: "Expiring" }).filter({ hasText: "Only visible to you" });
  await answer.waitFor();

  // She asks for a renewal, and may not approve it herself.
  await page.keyboard.press("Escape");
  await type(page, "/cert renew service-b New key for the audit");
  await page.keyboard.press("Escape");
  const request = messages(page).filter({ has: page.getByRole("button", { name: "Approve" }) });
  await request.waitFor();
  const ts = (await request.getAttribute("data-ts")) ?? "";
  const id = /\br-[a-z2-7]{8}\b/.exec((await request.textContent()) ?? "")?.[0] ?? "none";
  await screenshot("1-request");
  await request.getByRole("button", { name: "Approve" }).click();
  await messages(page).filter({ hasText: "self-approval" }).waitFor();
  expect(await generation(page, "b-1")).toBe("g0");
  expect(await request.getByRole("button", { name: "Approve" }).isVisible()).toBe(true);

  // Ben sees the request, not her answers; his click renews, and the same message becomes the receipt.
  const old = await Promise.all([serial(page, "b-1"), serial(page, "b-2")]);
  await noteWhenDrawn(page, "b-1");
  await page.getByRole("radio", { name: "ben" }).check({ force: true });
  await request.getByRole("button", { name: "Approve" }).click();
  await Promise.all([shows(page, "b-1", id), shows(page, "b-2", id)]);
  const receipt = page.locator(`[data-ts="${ts}"]`);
  await receipt.filter({ hasText: "service-b renewed" }).filter({ hasText: "0 failed" }).waitFor();
  expect(await receipt.getByRole("button", { name: "Approve" }).count()).toBe(0);
  expect(await answer.count()).toBe(0);
  const after = await Promise.all([serial(page, "b-1"), serial(page, "b-2")]);
  expect(after.filter((now) => old.includes(now))).toEqual([]);
  await page.locator('[data-drawn="b-1"]').waitFor({ state: "attached" });
  await screenshot("2-receipt");

  // A case tells both sides, and puts everything right again.
  await page.getByRole("button", { name: "No client certificate" }).click();
  const report = page.getByRole("article", { name: "The client shows no certificate" });
  await report.waitFor();
  expect(await report.locator(".badge").allTextContents()).toEqual(["as expected", "put right again"]);
  expect(await report.locator(".knew").textContent()).toContain("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE");
  await screenshot("3-case");
  await page.keyboard.press("Escape");
  await report.waitFor({ state: "detached" });

  // Rotate now asks and approves in the chat, and tells how long it took.
  await page.getByRole("region", { name: "service-a" }).getByRole("button", { name: "Rotate now" }).click();
  await page.getByText(/served by all after \d+\.\d s/).waitFor();
  expect(await generation(page, "a-1")).toMatch(/^r-/);
  expect(await generation(page, "a-2")).toBe(await generation(page, "a-1"));
  await messages(page).filter({ hasText: "service-a renewed" }).waitFor();

  // While it is frozen, Rotate now says why it did nothing.
  await type(page, "/cert freeze service-a A drill");
  await messages(page).filter({ hasText: "froze" }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("A");
  await page.getByText(/Not renewed: .*frozen/i).waitFor();
  await screenshot("4-refused");
  await type(page, "/cert thaw service-a");
  await messages(page).filter({ hasText: "no longer frozen" }).first().waitFor();
  await page.keyboard.press("Escape");

  // All of it by keyboard: the list of keys, the colours, another renewal from the question to the approval.
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await screenshot("5-keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  await page.keyboard.press("p");
  await page.keyboard.press("p");
  await page.keyboard.press("p");
  await page.getByRole("radio", { name: "ana", exact: true, checked: true }).waitFor({ state: "attached" });
  const rotated = await generation(page, "a-1");
  await type(page, "/cert renew service-a By keyboard alone");
  await page.keyboard.press("Escape");
  await request.waitFor();
  await page.keyboard.press("p");
  await request.waitFor();
  await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await card(page, "a-1")
    .locator(".generation")
    .filter({ hasNotText: rotated ?? "" })
    .waitFor();
  await messages(page).filter({ hasText: "By keyboard alone" }).filter({ hasText: "service-a renewed" }).waitFor();
  await page.keyboard.press("1");
  await page.getByRole("article", { name: "Both sides show a certificate the other trusts" }).waitFor();
  await screenshot("6-dark");
  // The refused rotation, as a browser notes it, and nothing else.
  expect(complaints).toEqual([expect.stringContaining("409")]);
});
