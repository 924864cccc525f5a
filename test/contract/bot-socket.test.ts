import { expect, test } from "vitest";
import { aHomeWorld } from "../support/home-world.ts";
import { until } from "./slack-fixture.ts";

test("when Slack has a connection made anew, the other one takes what comes, then the new one: all of it, once", async () => {
  await using world = await aHomeWorld({ socket: true });
  const { bot } = world;
  const { workspace } = bot;
  const refreshed = () => workspace.act("/socket-refresh", {});
  expect(await workspace.sockets()).toBe(2);

  await refreshed();
  expect(await bot.type("/cert renew service-a the audit")).toMatchObject({ ok: true });
  await world.open("U0BEN", /service-a/);
  await until(async () => (await workspace.sockets()) === 2);
  await refreshed();
  expect(await bot.type("/cert renew service-b the audit")).toMatchObject({ ok: true });
  const asked = await bot.posted(/service-b/);
  await bot.click(asked, "approve_request", "U0BEN");
  await bot.posted(/Renewing service-b/);

  const opened = await world.store.requests.list({ kind: "renewal" });
  expect(opened.map(({ service, state }) => [service, state])).toEqual([
    ["service-b", "approved"],
    ["service-a", "pending"],
  ]);
  expect(await workspace.messages("C0CERTS")).toHaveLength(2);
  const carried = (await workspace.deliveries()).map(({ transport, type: what, acked }) => [transport, what, acked]);
  expect(carried).toEqual([
    ["socket", "/cert", true],
    ["socket", "app_home_opened", true],
    ["socket", "/cert", true],
    ["socket", "block_actions", true],
  ]);
});
