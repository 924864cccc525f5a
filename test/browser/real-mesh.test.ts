import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { certificatesOf } from "../../lab/stack/envoy-admin.ts";
import type { LabStatus } from "../../lab/status.ts";
import { intend } from "../support/mesh-lab.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { missingBrowser, type OpenConsole, openConsole } from "./open-console.ts";

// One lab under Nomad and behind Consul Connect, and one browser before it, for all of these in their order.

let lab: Lab;
let console: OpenConsole;
let page: Page;

beforeAll(async () => {
  if (missingBrowser) return;
  lab = await startOwnLab({ nomad: true, connect: "vault" });
  console = await openConsole(lab.state.urls.console);
  page = console.page;
});
afterAll(async () => {
  await console?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  if (missingBrowser) skip(missingBrowser);
});

const card = (name: string) => page.getByRole("article", { name, exact: true });
const picture = () => page.getByRole("group", { name: "Topology" });
/** An edge of the topology, by how its sentence begins. */
const edge = (begins: string) => picture().locator(`[role="img"][aria-label^="${begins}"]`);

/** Waits until calls go through, and none of them fails. */
const flows = (one: Locator) =>
  one
    .locator(".rate")
    .filter({ hasText: /^[\d.]+\/s$/ })
    .waitFor();

/** Waits until that part of a sidecar's card holds this, whole, in its title. */
const titled = (instance: string, part: string, title = "nothing") =>
  card(`${instance}, Envoy`).locator(`${part}[title$="${title}"]`).waitFor();

/** The mesh as the lab tells of it, once every Envoy has told of its certificate. */
async function mesh(): Promise<NonNullable<LabStatus["mesh"]>> {
  const whole = async () => {
    const { mesh: now } = await lab.control.status();
    return now?.sidecars.every(({ certificate }) => certificate !== null) ? now : null;
  };
  return eventually("every Envoy's certificate", whole, AbortSignal.timeout(20_000));
}

test("each card tells where its instance runs and what Consul thinks of it, as Nomad and Consul have it", async () => {
  const { instances, mesh, consul, nomad } = await lab.control.status();
  const runsIn = [
    ...instances,
    ...(mesh?.sidecars ?? []).map((one) => ({ ...one, instance: `${one.instance}, Envoy` })),
  ];
  expect(runsIn).toHaveLength(6);
  for (const { instance, allocation } of runsIn) {
    await card(instance)
      .locator(".allocation", { hasText: allocation?.node ?? "no allocation" })
      .waitFor();
    expect(await card(instance).locator(".allocation code").textContent()).toBe(allocation?.id.slice(0, 8));
    await card(instance).getByRole("button", { name: "passing" }).waitFor();
  }
  const members = (name: string) => page.getByRole("group", { name }).getByRole("listitem").locator(".visually-hidden");
  expect(await members("Consul").allTextContents()).toEqual(
    consul?.servers.map(({ name, leader }) => (leader ? `${name}: alive, the leader` : `${name}: alive`)),
  );
  expect(await members("Nomad").allTextContents()).toEqual(nomad?.nodes.map(({ name }) => `${name}: ready`));
});

test("a sidecar's card shows the certificate that its Envoy says it serves", async () => {
  const [root] = (await mesh()).ca.roots;
  for (const { service, instance, envoyAdminPort } of lab.state.mesh) {
    const [leaf] = await certificatesOf(envoyAdminPort);
    expect(leaf?.subjectAltName).toMatch(new RegExp(`^URI:spiffe://.*/svc/${service}$`));
    await titled(instance, ".serial", leaf?.serialNumber.toLowerCase().match(/../g)?.join(":"));
    await titled(instance, ".spiffe", leaf?.subjectAltName?.replace("URI:", ""));
    await titled(instance, ".root-seal", root?.id);
  }
});

test("in the topology each edge carries its traffic and the identity of both ends, and a denied one is cut", async () => {
  await page.keyboard.press("v");
  const spiffe = (await mesh()).sidecars.find(({ service }) => service === "service-a")?.certificate?.spiffe;
  const said: [begins: string, ends: string][] = [
    ["outside → service-a from outside", "service-a.example.com (g0)."],
    ["service-a → service-b by own mTLS", "service-a.example.com (g0) → service-b.example.com (g0)."],
    ["service-b → service-a by own mTLS", "service-b.example.com (g0) → service-a.example.com (g0)."],
    ["service-a → service-b through the mesh", `${spiffe} → …/svc/service-b.`],
    ["service-b → service-a through the mesh", "/svc/service-b → …/svc/service-a."],
  ];
  for (const [begins, ends] of said) await flows(edge(begins).and(page.locator(`[aria-label*="${ends}"]`)));
  const identities = await picture().locator(".identity").allTextContents();
  expect(identities.filter((one) => one.startsWith("service-b.example.com"))).not.toEqual([]);
  expect(identities.filter((one) => /^spiffe:.*\/svc\/service-b$/.test(one))).not.toEqual([]);

  const through = edge("service-a → service-b through the mesh");
  await intend(lab, { "service-a": "deny" });
  await through.filter({ hasText: "denied" }).filter({ hasText: "/s refused" }).waitFor();
  expect([await through.locator(".head").count(), await through.locator(".cut").count()]).toEqual([0, 1]);
  await intend(lab, { "service-a": "allow" });
  await flows(through);
});

test("a click rotates the mesh's root: both are shown, and every leaf moves to the new one", async () => {
  const before = await mesh();
  const button = page.getByRole("button", { name: "Rotate the mesh’s root" });
  await button.click();
  await page.getByText(/^\d of 2 leaves moved/).waitFor();
  expect(await button.isDisabled()).toBe(true);
  const states = picture().locator(".root .root-state");
  expect(await states.allTextContents()).toEqual([expect.stringMatching(/^trusted until /), "active: it signs"]);
  await page.getByText(/^Every leaf moved after \d/).waitFor();
  expect(await picture().locator(".vouching.good").count()).toBe(2);
  expect(await picture().locator(".vouching.warn").count()).toBe(0);
  await console.screenshot("13-real-mesh-rotated");

  const { ca, sidecars } = await mesh();
  expect(ca.roots.map(({ active }) => active)).toEqual([false, true]);
  const moved = ca.roots[1]?.id ?? "none";
  expect(before.ca.roots.map(({ id }) => id)).not.toContain(moved);
  await page.keyboard.press("v");
  for (const { instance, certificate } of sidecars) {
    await titled(instance, ".root-seal", moved);
    await titled(instance, ".serial", certificate?.serial);
    expect(before.sidecars.map((one) => one.certificate?.serial)).not.toContain(certificate?.serial);
  }
  expect(console.complaints).toEqual([]);
});
