import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { aFirewallGround } from "../support/firewall-desk.ts";
import { aFirewallSlack } from "../support/firewall-slack.ts";
import type { TestWorkspace } from "../contract/slack-fixture.ts";
import { consoleBefore } from "./fake-console.ts";
import { appToDatabase, withFirewall } from "./fake-firewall.ts";
import { type FakeLab, fakeLab } from "./fake-lab.ts";
import { missingBrowser, openConsole } from "./open-console.ts";

const standIn = { kind: "stand-in", version: "0.9.0" } as const;
const picture = (page: Page) => page.getByRole("group", { name: "Firewall", exact: true });
const call = (page: Page) => picture(page).locator("#passage");
const counted = (page: Page, name: string) => picture(page).locator(`[data-counter="${name}"]`);
const rule = (page: Page, id: string) =>
  page.getByRole("region", { name: "Rules in the router" }).getByRole("row").filter({ hasText: id });

/** The console before that lab, in a browser. */
async function open(lab: FakeLab, { hash = "", workspace }: { hash?: string; workspace?: TestWorkspace } = {}) {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await consoleBefore(lab, workspace));
  const opened = stack.use(await openConsole(`${url}/${hash}`));
  const owned = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

beforeEach(({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
});

describe("the console before a lab with a firewall", { timeout: 60_000 }, () => {
  test("hosts, zones and router are drawn, and the call that no rule lets through ends at the router", async () => {
    const lab = fakeLab("default");
    const firewall = withFirewall(lab, standIn);
    await using console = await open(lab);
    const { page, complaints, screenshot } = console;

    await call(page).and(page.locator(".closed")).waitFor();
    expect(await call(page).textContent()).toMatch(/mTLS failed.*no rule lets it through.*TIMEOUT/s);
    expect(await call(page).locator(".cut").count()).toBe(1);
    for (const zone of ["management", "application", "database", "outside"])
      expect(
        await picture(page)
          .locator(".zone-name", { hasText: `zone ${zone}` })
          .count(),
      ).toBe(1);
    expect(await picture(page).locator(".network").allTextContents()).toContain("10.81.3.0/24");
    const database = picture(page).getByRole("img", { name: "database: the host in the zone database" });
    expect(await database.getAttribute("aria-label")).toContain(
      "b-db serves at 10.81.3.2:8443 as service-b.example.com",
    );
    expect(await page.getByText("the router lets nothing through").isVisible()).toBe(true);
    // The call beside it fails, and is none of the steady clients' requests.
    const traffic = page.getByRole("region", { name: "Traffic" });
    await traffic.filter({ hasText: "since the lab was up, calls through the router not counted" }).waitFor();

    firewall.pass("dropped", 12);
    await counted(page, "dropped").filter({ hasText: /^12$/ }).waitFor();
    await screenshot("14-firewall-closed-light");
    await page.keyboard.press("t");
    await screenshot("14-firewall-closed-dark");
    expect(complaints).toEqual([]);
  });

  test("a rule turns the call green, and its counter moves; without it the call fails again", async () => {
    const lab = fakeLab("default");
    const firewall = withFirewall(lab, standIn);
    await using console = await open(lab);
    const { page, complaints, screenshot } = console;
    await call(page).and(page.locator(".closed")).waitFor();

    firewall.open(appToDatabase);
    await call(page).and(page.locator(".open")).waitFor();
    expect(await call(page).textContent()).toMatch(/mTLS answered.*by f-4kq2zn7x/s);
    expect(await call(page).locator(".head").count()).toBe(1);
    const row = rule(page, appToDatabase.id);
    expect(await row.locator(".lets").textContent()).toBe("service-a → service-b, tcp/8443");
    expect(await row.locator(".lets").getAttribute("title")).toBe("10.81.2.2 → 10.81.3.2");
    await row.locator(".now", { hasText: "still" }).waitFor();
    firewall.pass("rule-f-4kq2zn7x", 1_234);
    await row.locator(".packets", { hasText: /^1,234$/ }).waitFor();
    await row.locator(".now", { hasText: /^\d+\/s$/ }).waitFor();
    expect(await row.getAttribute("class")).toBe("moving");
    await call(page).filter({ hasText: "1,234 packets" }).waitFor();
    firewall.open(other("f-aaaaaaaa", "10.81.4.2"));
    firewall.open(other("f-bbbbbbbb", "10.81.1.0/24"));
    await rule(page, "f-bbbbbbbb").waitFor();
    await screenshot("15-firewall-open-light");
    await page.keyboard.press("t");
    await screenshot("15-firewall-open-dark");

    firewall.close(appToDatabase.id);
    await call(page).and(page.locator(".closed")).waitFor();
    expect(await row.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a call that fails for another reason is cut at who was called, not at the router", async () => {
    const lab = fakeLab("default");
    const firewall = withFirewall(lab, standIn);
    firewall.open(appToDatabase);
    firewall.call("failed", "service-b.example.com's certificate has expired (CERT_HAS_EXPIRED)");
    await using console = await open(lab);
    const { page, screenshot } = console;
    await call(page).and(page.locator(".failed")).waitFor();
    expect(await call(page).textContent()).toMatch(/mTLS failed.*though f-4kq2zn7x is open.*CERT_HAS_EXPIRED/s);
    const cut = (await call(page).locator(".cut").boundingBox())?.x ?? 0;
    const router = await picture(page).locator("#router .frame").boundingBox();
    expect(cut).toBeGreaterThan((router?.x ?? Infinity) + (router?.width ?? 0));
    await screenshot("16-firewall-failed");
  });

  test("which CTS it is stands on the screen, in every picture", async () => {
    const lab = fakeLab("default");
    const firewall = withFirewall(lab, standIn);
    await using console = await open(lab);
    const { page } = console;
    await picture(page).getByText("CTS stand-in").waitFor();
    const strip = page.getByRole("group", { name: "CTS" });
    expect(await strip.getByRole("listitem").getAttribute("title")).toContain("stand-in of the lab takes the place");
    await page.keyboard.press("v");
    await page.getByRole("article", { name: "a-1", exact: true }).waitFor();
    expect(await picture(page).count()).toBe(0);
    expect(await strip.getByText("stand-in", { exact: true }).isVisible()).toBe(true);
    await page.keyboard.press("v");
    await page.getByRole("group", { name: "Topology" }).waitFor();
    await page.keyboard.press("v");
    firewall.status.cts = { kind: "real", version: "0.9.0" };
    await picture(page).getByText("CTS 0.9.0").waitFor();
    expect(await page.getByText("stand-in", { exact: true }).count()).toBe(0);
  });

  test("by Tab alone the call, the hosts and the router are told in sentences; a narrow page keeps its width", async () => {
    const lab = fakeLab("default");
    const firewall = withFirewall(lab, standIn);
    firewall.open(appToDatabase);
    await using console = await open(lab, { hash: "#firewall" });
    const { page, screenshot } = console;
    await call(page).focus();
    await page
      .locator("figcaption", { hasText: "The rule f-4kq2zn7x lets it through: service-a → service-b, tcp/8443." })
      .waitFor();
    await page.keyboard.press("Shift+Tab");
    await page
      .locator("figcaption", { hasText: "router: 1 rule stands in it, what none lets through is dropped." })
      .waitFor();
    firewall.status.router.counters = null;
    firewall.status.router.rules = null;
    await page.getByText("The router does not tell its rules.", { exact: true }).waitFor();
    await page.setViewportSize({ width: 420, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(420);
    await screenshot("17-firewall-narrow");
  });

  test("the form of a request: what is wrong is told at its field, and mended it is asked in the channel", async () => {
    const lab = fakeLab("default");
    withFirewall(lab, standIn);
    await using slack = await aFirewallSlack(await aFirewallGround({ now: Date.now() }));
    await using console = await open(lab, { workspace: slack.workspace });
    const { page, screenshot } = console;
    await page.getByRole("radio", { name: "ana", exact: true }).waitFor({ state: "attached" });
    await page.keyboard.press("/");
    await page.keyboard.type("/firewall request");
    await page.keyboard.press("Enter");
    const form = page.getByRole("dialog", { name: "Request a firewall rule" });
    await form.waitFor();
    await screenshot("18-firewall-form-light");
    await form.getByLabel("Who is to be let through?").fill("servce-a");
    await form.getByLabel("To whom?").fill("idle");
    await form.getByLabel("Protocol and port").fill("tcp/8443");
    await form.getByLabel("What for?").fill("the nightly export");
    await form.getByRole("button", { name: "Ask" }).click();
    const refused = form.locator(".input.refused");
    await refused.filter({ hasText: "Did you mean service-a?" }).waitFor();
    await refused.filter({ hasText: "idle has no healthy instance" }).waitFor();
    expect(await refused.count()).toBe(2);
    // By keyboard on from what is wrong first, with the rest as it was filled in.
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Who is to be let through?",
    );
    expect(await form.getByLabel("What for?").inputValue()).toBe("the nightly export");
    await screenshot("18-firewall-form-refused-light");

    await page.keyboard.press("Control+A");
    await page.keyboard.type("service-a");
    await form.getByLabel("To whom?").fill("service-b");
    await form.getByRole("button", { name: "Ask" }).click();
    await form.waitFor({ state: "detached" });
    const asked = page.getByRole("log", { name: "Messages" }).getByRole("article").filter({ hasText: "tcp/8443" });
    await asked.getByRole("button", { name: "Approve" }).waitFor();
    await page.keyboard.press("t");
    await screenshot("19-firewall-asked-dark");
  });
});

const other = (id: string, from: string): typeof appToDatabase => ({
  ...appToDatabase,
  id,
  from: { service: null, addresses: [from] },
  ports: { first: 8000, last: 8010 },
});
