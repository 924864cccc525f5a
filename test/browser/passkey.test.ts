import { join } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import { askToEnrol } from "../../bot/operations/passkeys/enrol-passkey.ts";
import { aPasskeySlack } from "../support/passkey-slack.ts";
import { aPasskeyWorld, granted } from "../support/passkey-world.ts";
import { consoleBefore } from "./fake-console.ts";
import { fakeLab } from "./fake-lab.ts";
import { missingBrowser, openConsole } from "./open-console.ts";

beforeEach(({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
});

const messages = (page: Page) => page.getByRole("log", { name: "Messages" }).getByRole("article");

async function type(page: Page, line: string): Promise<void> {
  await page.keyboard.press("/");
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
}

const become = (page: Page, user: string) =>
  page.locator(`input[name="person"][value="${user}"]`).check({ force: true });

/** Chromium's own authenticator: `verified`: whether it takes its person's finger. */
async function authenticator(page: Page): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, id };
}

type Credential = Awaited<ReturnType<typeof credentialsOf>>[number];

async function credentialsOf({ cdp, id }: Awaited<ReturnType<typeof authenticator>>) {
  return (await cdp.send("WebAuthn.getCredentials", { authenticatorId: id })).credentials;
}

/** Another browser: each person has their own. */
async function newTab(page: Page): Promise<Page> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("the page has no browser");
  return browser.newPage({ viewport: { width: 900, height: 900 }, colorScheme: "light" });
}

/** Follows a link of the chat to the bot's page, with an authenticator that holds these. */
async function follow(page: Page, label: string, held: Credential[] = []) {
  const link = messages(page).getByRole("link", { name: label }).last();
  const href = (await link.getAttribute("href")) ?? "";
  // A tab of its own, as the link's target has it, whose authenticator is there before its page.
  const tab = await newTab(page);
  const complaints: string[] = [];
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const own = await authenticator(tab);
  for (const credential of held) await own.cdp.send("WebAuthn.addCredential", { authenticatorId: own.id, credential });
  await tab.goto(href);
  return { tab, own, complaints, href };
}

describe("a passkey, in a browser", { timeout: 90_000 }, () => {
  test("is made, approved by another one, and confirms an approval; the chat follows", async () => {
    const breakGlass = { users: ["U0DANA"], groups: [], rotas: [] };
    const world = await aPasskeyWorld(Date.now(), { breakGlass });
    world.needs.clock = Date.now;
    await using slack = await aPasskeySlack(world);
    await using console = await consoleBefore(fakeLab("default"), slack.workspace);
    await using opened = await openConsole(console.url);
    const { page } = opened;
    const shot = (tab: Page, name: string) =>
      tab.screenshot({ path: join(import.meta.dirname, "screenshots", `${name}.png`), animations: "disabled" });

    // The first one: by a link of the bot's host.
    const first = granted(await askToEnrol(world.needs, { user: "U0BEN", by: "operator:root" }));
    const bens = await newTab(page);
    const ben = await authenticator(bens);
    await bens.goto(first.url);
    await bens.getByRole("heading", { name: "A passkey for @ben" }).waitFor();
    await opened.screenshot("40-console");
    await shot(bens, "40-passkey-enrol");
    await bens.getByRole("button", { name: "Make a passkey" }).press("Enter");
    await bens.getByRole("heading", { name: "Passkey enrolled" }).waitFor();
    const [kept] = await world.needs.passkeys.kept.all();
    expect(kept).toMatchObject({ user: "U0BEN", rpId: "localhost" });
    await bens.getByText(kept ? passkeyCode(kept) : "none").waitFor();
    const bensKey = await credentialsOf(ben);
    expect(bensKey).toHaveLength(1);
    await messages(page).filter({ hasText: "The first passkey" }).waitFor();

    // Chen's is a request, which ben confirms with his.
    await become(page, "U0CHEN");
    await type(page, "/cert enrol");
    const chens = await follow(page, "Make a passkey");
    await chens.tab.getByRole("button", { name: "Make a passkey" }).click();
    await chens.tab.getByRole("heading", { name: "Passkey made, and waiting" }).waitFor();
    const code = (await chens.tab.locator(".code").textContent()) ?? "";
    await shot(chens.tab, "41-passkey-waiting");
    expect(await world.needs.passkeys.kept.all()).toHaveLength(1);
    const enrolment = messages(page).filter({ hasText: "Enrol a passkey?" });
    await enrolment.filter({ hasText: code }).waitFor();
    await become(page, "U0BEN");
    await enrolment.getByRole("button", { name: "Approve" }).click();
    await messages(page).filter({ hasText: "Not approved yet" }).waitFor();
    const approving = await follow(page, "Confirm with your passkey", bensKey);
    await approving.tab.getByRole("heading", { name: "Enrol a passkey?" }).waitFor();
    await shot(approving.tab, "42-passkey-confirm-enrolment");
    await approving.tab.getByRole("button", { name: "Approve with your passkey" }).click();
    await approving.tab.getByRole("heading", { name: "Approved" }).waitFor();
    await messages(page).filter({ hasText: "Passkey enrolled" }).waitFor();
    const chensKey = await credentialsOf(chens.own);

    // Ana asks for a renewal; chen's click alone does not approve it.
    await become(page, "U0ANA");
    await type(page, "/cert renew service-a New key for the audit");
    const renewal = messages(page).filter({ hasText: "Renew service-a?" });
    await renewal.filter({ hasText: "approving takes a passkey" }).waitFor();
    await become(page, "U0CHEN");
    await renewal.getByRole("button", { name: "Approve" }).click();
    await messages(page).filter({ hasText: "Not approved yet" }).waitFor();
    await opened.screenshot("43-passkey-asked");
    const confirming = await follow(page, "Confirm with your passkey", chensKey);
    const { tab } = confirming;
    await tab.getByRole("heading", { name: "Renew service-a?" }).waitFor();
    // In the words of the message, all of them.
    const told = (await tab.locator(".plan").innerText()).replaceAll(/\s+/g, " ");
    for (const words of [
      "asks to renew service-a",
      "New key for the audit",
      "pki/service-a",
      "EC P-256",
      "all 2 instances at once",
    ])
      expect(told).toContain(words);
    expect(
      await tab
        .getByRole("button", { name: "Approve with your passkey" })
        .evaluate((one) => one === document.activeElement),
    ).toBe(true);
    await shot(tab, "44-passkey-confirm-light");
    await tab.emulateMedia({ colorScheme: "dark" });
    await shot(tab, "44-passkey-confirm-dark");

    // Dana could let it through alone: the page says so, and why, before it asks for a passkey.
    await world.give("U0DANA");
    const [waiting] = await world.store.requests.list({ kind: "renewal" });
    const place = { user: "U0DANA", ...waiting?.message };
    await slack.workspace.act("/click", { ...place, action_id: "request_more", value: `break-glass ${waiting?.id}` });
    await slack.workspace.fillIn("U0DANA", { text: "The old key is out, and nobody else answers" });
    await become(page, "U0DANA");
    await messages(page).filter({ hasText: "Not let through yet" }).waitFor();
    const glass = (await follow(page, "Confirm with your passkey")).tab;
    await glass.getByRole("heading", { name: "Let it through alone, with your passkey" }).waitFor();
    await glass.getByText("The old key is out, and nobody else answers").waitFor();
    await glass.getByRole("button", { name: "Let through with your passkey" }).waitFor();
    expect(await glass.locator("main, header").allInnerTexts()).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/\b[US]0[A-Z]/)]),
    );
    await shot(glass, "47-passkey-break-glass-light");
    await glass.emulateMedia({ colorScheme: "dark" });
    await shot(glass, "47-passkey-break-glass-dark");

    // Another tab with the same link, and a finger that is not chen's: nothing is decided, and it may be tried again.
    await confirming.own.cdp.send("WebAuthn.setUserVerified", {
      authenticatorId: confirming.own.id,
      isUserVerified: false,
    });
    await tab.keyboard.press("Enter");
    await tab.getByRole("status").filter({ hasText: "No passkey answered" }).waitFor({ timeout: 30_000 });
    await renewal.waitFor();
    await confirming.own.cdp.send("WebAuthn.setUserVerified", {
      authenticatorId: confirming.own.id,
      isUserVerified: true,
    });
    await tab.keyboard.press("Enter");
    await tab.getByRole("heading", { name: "Approved" }).waitFor();
    await shot(tab, "45-passkey-approved-dark");
    await messages(page).filter({ hasText: "Renewing service-a" }).waitFor();
    const again = await newTab(page);
    await again.goto(confirming.href);
    await again.getByText("it works once").waitFor();
    await shot(again, "46-passkey-used");

    for (const { complaints } of [chens, approving, confirming]) expect(complaints).toEqual([]);
    expect(opened.complaints).toEqual([]);
    expect(await world.store.audit.verify()).toBeNull();
  });
});
