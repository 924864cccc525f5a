import { closedTable } from "./closed-table.ts";
import { Namespaces } from "./namespaces.ts";
import { aside, farGuard, forwarding, nearGuard, toRouter } from "./wiring.ts";
import { hosts, sideLinks } from "./zones.ts";

/** The lab's hosts around a router whose firewall is closed. */
export async function makeNetwork(): Promise<Namespaces> {
  await using owned = new AsyncDisposableStack();
  const network = owned.use(await Namespaces.create());
  await network.add("router");
  await network.script(`nft -f - <<'END'\n${await closedTable()}END\n${forwarding}`, "router");
  for (const { name } of hosts) await network.add(name);
  await network.script(nearGuard, "management");
  for (const link of sideLinks) await network.script(farGuard(link), link.to);
  await network.script([...hosts.map(toRouter), ...sideLinks.map(aside)].join("\n"));
  owned.move();
  return network;
}
