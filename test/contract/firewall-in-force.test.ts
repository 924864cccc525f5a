import { expect, test } from "vitest";
import { endedRequests, readInForce } from "../../bot/operations/firewall/in-force.ts";
import { askForRule } from "../support/firewall-asking.ts";
import { aFirewallGround, carriedOut, opened } from "../support/firewall-desk.ts";

test("what is in force is read anew when a request has ended, and only then", async () => {
  const ground = await aFirewallGround();
  let listed = 0;
  const { requests: kept } = ground.store;
  const requests = { ...kept, list: (filter: Parameters<typeof kept.list>[0]) => ((listed += 1), kept.list(filter)) };
  const open = async (ports: string) => {
    const asked = opened(await askForRule(ground, { ports }));
    return { asked, end: () => carriedOut(ground.store, asked, ground.now) };
  };
  const ids = async () => [...(await readInForce({ requests: requests as typeof kept })).rules.keys()];

  const first = await open("tcp/8443");
  expect(await ids()).toEqual([]);
  await first.end();
  expect(await ids()).toEqual([first.asked.id]);
  const before = listed;
  for (let looks = 0; looks < 5; looks += 1) {
    expect(await ids()).toEqual([first.asked.id]);
    expect(await endedRequests({ requests: requests as typeof kept })).toHaveLength(1);
  }
  expect(listed).toBe(before);
  const second = await open("tcp/8444");
  expect(await ids()).toEqual([first.asked.id]);
  await second.end();
  expect((await ids()).toSorted()).toEqual([first.asked.id, second.asked.id].toSorted());
  expect(listed).toBe(before + 1);
});
