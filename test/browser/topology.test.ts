import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { caseNames, type CaseReport } from "../../lab/cases/report.ts";
import { caseList } from "../../lab/console/page/cases/case-list.ts";
import { consoleBefore } from "./fake-console.ts";
import { type FakeLab, fakeLab } from "./fake-lab.ts";
import { missingBrowser, openConsole } from "./open-console.ts";

const card = (page: Page, instance: string) => page.getByRole("article", { name: instance, exact: true });
const picture = (page: Page) => page.getByRole("group", { name: "Topology" });
const edge = (page: Page, said: string) => picture(page).getByRole("img", { name: said });
/** What a screen reader was told last. */
const spoken = (page: Page) => page.locator("swap-announcer").textContent();

/** The console before that lab, in a browser. */
async function open(lab: FakeLab, hash = "") {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await consoleBefore(lab));
  const opened = stack.use(await openConsole(`${url}/${hash}`));
  const owned = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

beforeEach(({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
});

describe("the console before a lab with Nomad and a mesh", { timeout: 60_000 }, () => {
  test("cards tell where each instance runs, its check and Envoy's certificate; the clusters, who is away", async () => {
    const lab = fakeLab("nomad and connect");
    const failing = lab.status.instances[3];
    if (failing) failing.check = { status: "critical", output: "b-1 refused the handshake: CERT_HAS_EXPIRED" };
    const [server] = lab.status.consul?.servers ?? [];
    if (server) server.alive = false;
    const [client] = lab.status.nomad?.nodes ?? [];
    if (client) client.eligible = false;
    await using console = await open(lab);
    const { page, complaints, screenshot } = console;

    const { id = "", node = "" } = lab.status.instances[0]?.allocation ?? {};
    await card(page, "a-0").locator(".allocation", { hasText: node }).waitFor();
    expect(await card(page, "a-0").locator(".allocation code").textContent()).toBe(id.slice(0, 8));
    expect(await card(page, "a-0").getByRole("button", { name: "passing" }).isVisible()).toBe(true);

    const output = page.getByRole("tooltip").filter({ hasText: "CERT_HAS_EXPIRED" });
    expect(await output.isVisible()).toBe(false);
    await card(page, "b-1").getByRole("button", { name: "critical" }).focus();
    expect(await output.isVisible()).toBe(true);

    const sidecar = card(page, "a-mesh, Envoy");
    const certificate = lab.mesh().sidecars[0]?.certificate;
    expect(await sidecar.locator(".serial").getAttribute("title")).toBe(certificate?.serial);
    expect(await sidecar.locator(".spiffe").getAttribute("title")).toBe(certificate?.spiffe);
    expect(await sidecar.locator(".root-seal").getAttribute("title")).toContain(certificate?.root);
    expect(await sidecar.getByRole("timer").textContent()).toMatch(/^5\d:\d\d$/);

    const members = (name: string) =>
      page.getByRole("group", { name }).getByRole("listitem").locator(".visually-hidden");
    expect(await members("Consul").allTextContents()).toEqual([
      "server-1: gone",
      "server-2: alive, the leader",
      "server-3: alive",
    ]);
    expect(await members("Nomad").allTextContents()).toEqual([
      "nomad-1: ready, takes no new allocations",
      "nomad-2: ready",
    ]);
    await screenshot("7-mesh-cards-light");
    await page.keyboard.press("t");
    await screenshot("7-mesh-cards-dark");
    expect(complaints).toEqual([]);
  });

  test("each edge carries its identities and its traffic; a denied one is cut before one's eyes", async () => {
    const lab = fakeLab("nomad and connect");
    await using console = await open(lab);
    const { page, complaints, screenshot } = console;
    await card(page, "a-0").waitFor();
    await page.keyboard.press("v");
    await edge(page, "outside → service-a from outside").filter({ hasText: /\d\/s/ }).waitFor();
    await edge(page, "service-a → service-b by own mTLS")
      .filter({ hasText: /1\d\/s/ })
      .waitFor();
    const through = edge(page, "service-a → service-b through the mesh");
    await through.filter({ hasText: /\d\/s/ }).waitFor();
    expect(await through.getAttribute("aria-label")).toContain("/ns/default/dc/dc1/svc/service-a → …/svc/service-b");
    const identities = await picture(page).locator(".identity").allTextContents();
    expect(identities).toContain("service-b.example.comr-fki2zumu");
    expect(identities).toContain("spiffe://5b1f….consul…/svc/service-b");
    await screenshot("8-topology-light");

    lab.intend("deny", "service-a", "service-b");
    await through.filter({ hasText: "denied" }).filter({ hasText: "/s refused" }).waitFor();
    expect(await through.locator(".head").count()).toBe(0);
    expect(await through.locator(".cut").count()).toBe(1);
    const back = edge(page, "service-b → service-a through the mesh");
    expect([await back.locator(".head").count(), await back.locator(".cut").count()]).toEqual([1, 0]);
    const intentions = page.getByRole("region", { name: "Intentions" }).getByRole("listitem");
    expect(await intentions.allInnerTexts()).toContainEqual(expect.stringMatching(/deny\s+service-a → service-b/));

    // By Tab alone: the page's own switch, then into the picture, where the whole of it is told beneath.
    await page.getByRole("button", { name: "Topology" }).focus();
    await through.focus();
    await page.locator("figcaption", { hasText: "Denied by the intention service-a → service-b." }).waitFor();
    await page.keyboard.press("Tab");
    await page.locator("figcaption", { hasText: "service-b → service-a through the mesh" }).waitFor();
    await page.keyboard.press("t");
    await screenshot("8-topology-denied-dark");

    lab.intend("allow", "service-a", "service-b");
    await through.locator(".head").waitFor();
    expect(complaints).toEqual([]);
  });

  test("another root for the mesh: the leaves move to it one by one", async () => {
    const lab = fakeLab("nomad and connect");
    const [old] = lab.mesh().ca.roots;
    await using console = await open(lab, "#topology");
    const { page, complaints, screenshot } = console;
    const roots = picture(page).locator(".root");
    const lines = picture(page).locator(".vouching");
    const button = page.getByRole("button", { name: "Rotate the mesh’s root" });
    await button.click();
    await page.getByText("0 of 2 leaves moved").waitFor();
    expect(await button.isDisabled()).toBe(true);
    expect(await roots.locator(".root-state").allTextContents()).toEqual([
      expect.stringMatching(/^trusted until /),
      "active: it signs",
    ]);
    expect(await lines.evaluateAll((all) => all.map((one) => one.classList.contains("warn")))).toEqual([true, true]);

    expect(await spoken(page)).toBe("The mesh has a new root.");
    lab.renewLeaf("a-mesh");
    await page.getByText("1 of 2 leaves moved").waitFor();
    await picture(page).locator(".vouching.good").waitFor();
    expect(await lines.count()).toBe(2);
    await screenshot("9-root-rotation-light");
    lab.renewLeaf("b-mesh");
    await page.getByText(/^Every leaf moved after \d/).waitFor();
    expect(await picture(page).locator(".vouching.warn").count()).toBe(0);
    expect(
      await edge(page, `Root ${old?.id.slice(0, 5)}…, Vault CA Primary Cert: replaced, still trusted`).count(),
    ).toBe(1);
    expect(await spoken(page)).toContain("b-mesh serves a new certificate.");
    await page.keyboard.press("t");
    await screenshot("9-root-rotated-dark");

    // The key turns to the picture by itself.
    await page.keyboard.press("v");
    await page.keyboard.press("R");
    await page.getByText("0 of 2 leaves moved").waitFor();
    expect(complaints).toEqual([]);
  });

  test("each case has a button of its own, and says what the mesh makes of the same mistake", async () => {
    const lab = fakeLab("nomad and connect");
    lab.report = expiredCase;
    await using console = await open(lab);
    const { page, screenshot } = console;
    await card(page, "a-0").waitFor();
    for (const { name, label } of caseList) {
      await page.getByRole("group", { name: "Run a case" }).getByRole("button", { name: label }).click();
      await page.locator(`[data-case="${name}"][aria-pressed="true"]`).waitFor();
    }
    expect(lab.ran).toEqual(caseNames);
    await page.keyboard.press("4");
    await page.locator('[data-case="expired-a"][aria-pressed="true"]').waitFor();
    expect(lab.ran).toEqual([...caseNames, "expired-a"]);
    const part = page.getByRole("region", { name: "In the mesh" });
    await part.getByText("prevented", { exact: true }).waitFor();
    expect(await part.textContent()).toContain("holds no certificate that could expire");
    await screenshot("10-case-in-mesh");
  });

  test("a narrow page does not scroll sideways, and nothing moves for who asked for rest", async () => {
    const lab = fakeLab("nomad and connect");
    await using console = await open(lab, "#topology");
    const { page, screenshot } = console;
    await page.setViewportSize({ width: 420, height: 900 });
    await page.emulateMedia({ reducedMotion: "reduce" });
    await edge(page, "service-a → service-b through the mesh").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(420);
    lab.renewLeaf("a-mesh");
    const flash = picture(page).locator(".swapped .flash");
    await flash.waitFor({ state: "attached" });
    expect(await flash.evaluate((one) => getComputedStyle(one).animationDuration)).toBe("0.001s");
    await screenshot("11-narrow");
  });
});

test("the topology of the default profile has its own mTLS alone", { timeout: 60_000 }, async () => {
  const lab = fakeLab("default");
  await using console = await open(lab, "#topology");
  const { page, screenshot } = console;
  await edge(page, "service-a → service-b by own mTLS")
    .filter({ hasText: /1\d\/s/ })
    .waitFor();
  expect(await edge(page, "through the mesh").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Rotate the mesh’s root" }).count()).toBe(0);
  expect(await page.getByRole("group", { name: "Consul" }).count()).toBe(0);
  const [first] = lab.status.instances;
  if (first) first.problem = "it does not answer";
  await picture(page).getByRole("img", { name: "a-1: " }).filter({ hasText: "problem" }).waitFor();
  await screenshot("12-default-topology");
});

const expiredCase: CaseReport = {
  name: "expired-a",
  title: "A's certificate has expired",
  command: "curl --cacert .lab/pki/root.pem https://service-a.example.com:7443/w-mtls",
  clientSaw: "service-a called service-b.example.com at 127.0.0.1:19002 with our certificate.\nOutcome: refused",
  serverKnew: "b-0 refused a-0: its certificate ended 14 s ago.",
  cause: "Nobody renewed A's certificate before it ended.",
  fix: "Renew it: /cert renew service-a",
  expected: true,
  restored: true,
  tookMs: 8_400,
  mesh: {
    prevented: true,
    said: "a-mesh called service-b through its sidecar: answered",
    cause:
      "Consul renews the leaf of every sidecar long before it ends; the app holds no certificate that could expire.",
  },
};
