import { describe, expect, onTestFinished, test } from "vitest";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { readInForce } from "../../bot/operations/firewall/in-force.ts";
import { aFirewallRequest, anOpening, approved, aRule, firewallIn, hosts } from "../support/firewall-requests.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";
import { firewallAt } from "../support/firewall-world.ts";
import { aCommit } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const stage = firewallStage();
const badPort = { first: 7000, last: 7000 };

describe("an approved rule", () => {
  test("is applied, and packets prove it", async () => {
    const id = await stage.open();
    const [ended] = await workOff(stage.store, stage.world.firewall, [id]);
    expect(ended).toMatchObject({ state: "applied", receipt: { notes: [], problem: null, held: null } });
    const { checks = [], counter, steps, revision = null } = ended?.receipt ?? {};
    const told = checks.map(({ kind, zone, port, before, after }) => [
      kind,
      zone,
      port,
      before?.outcome,
      after?.outcome,
    ]);
    expect(told).toEqual([
      ["source", "application", 5432, "silent", "open"],
      ["elsewhere", "management", 5432, "silent", "silent"],
      ["elsewhere", "outside", 5432, "silent", "silent"],
      ["neighbour", "application", 5431, "silent", "silent"],
      ["neighbour", "application", 5433, "silent", "silent"],
    ]);
    expect(counter?.before).toBe(0);
    expect(counter?.after).toBeGreaterThan(0);
    expect(steps?.map(({ name }) => name)).toEqual([
      "requested",
      "approved",
      "written",
      "planned",
      "applied",
      "proven",
    ]);
    expect(await stage.world.keys()).toEqual(
      sealedKeys({ [id]: aRule() }, { services: { database: [hosts.database] }, revision: revision ?? 0 }),
    );
    expect((await stage.store.audit.about(id)).map(({ action }) => action)).toEqual([
      "opened",
      "approved",
      "job.started",
      "job.written",
      "job.planned",
      "job.in-force",
      "request.applied",
    ]);
    expect(await stage.store.audit.verify()).toBeNull();
    expect(stage.world.probers.grants.size).toBe(0);
    await stage.expectAsApproved();
  });

  test("whose removal is approved ends flows that are open, and one held open shows it", async () => {
    const ruleId = await stage.opened();
    const longer = aFirewallRequest({ action: "extend", ruleId, rule: aRule(), before: Date.now(), until: null });
    await stage.store.requests.open(longer, aCommit("opened", longer.id, Date.now()));
    const id = await approved(stage.store, { action: "close", ruleId, rule: aRule() });
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
      {
        state: "applied",
        receipt: {
          held: { zone: "application", address: hosts.database, port: 5432, ended: true },
          checks: [{ kind: "source", wanted: "closed", before: { outcome: "open" }, after: { outcome: "silent" } }],
          problem: null,
        },
      },
    ]);
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    // Nobody has to decide any more on its longer life.
    expect(await firewallIn(stage.store, longer.id)).toMatchObject({
      state: "void",
      receipt: { problem: `${ruleId} was closed before anybody decided it.` },
    });
    expect((await stage.store.audit.about(longer.id)).at(-1)).toMatchObject({ action: "request.void" });
    await stage.expectAsApproved();
  });

  test("and another at the same time both land, one of them for a whole network, tried at a host in it", async () => {
    const ids = [await stage.open(), await stage.open({ ports: badPort, to: { cidrs: ["10.81.3.0/24"] } })];
    const ended = await workOff(stage.store, stage.world.firewall, ids);
    expect(ended[1]?.receipt?.checks[0]).toMatchObject({ address: hosts.database, after: { outcome: "open" } });
    expect(ended.map(({ state }) => state)).toEqual(["applied", "applied"]);
    expect(new Set(ended.map(({ receipt }) => receipt?.revision)).size).toBe(2);
    expect(Object.keys(await stage.world.keys())).toHaveLength(3);
    await stage.expectAsApproved();
  });

  test("is signed by another key once the bot has another, which CTS's task is given with it", async () => {
    const former = await stage.opened();
    using folder = temporaryFolder();
    const { firewall, probers } = firewallAt({ ...stage.world.place, key: folder.path });
    using _probers = probers;
    const id = await stage.open({ ports: badPort });
    expect(await workOff(stage.store, firewall, [id])).toMatchObject([
      { state: "applied", receipt: { problem: null } },
    ]);
    expect(Object.keys(await stage.world.keys())).toEqual([
      ...[`firewall/rules/${former}`, `firewall/rules/${id}`].toSorted(),
      "firewall/seal",
    ]);
    await stage.expectAsApproved();
  });

  test("that begins later waits until then", async () => {
    const id = await approved(stage.store, anOpening({ startsAt: Date.now() + 3_600_000 }));
    await workOff(stage.store, stage.world.firewall, [id], { ms: 800 });
    expect(await firewallIn(stage.store, id)).toMatchObject({ state: "approved", receipt: null });
    expect(await stage.store.jobs.claim("other", Date.now() + 3_500_000, 1_000)).toBeNull();
    expect(await stage.store.jobs.claim("other", Date.now() + 3_700_000, 1_000)).toMatchObject({ request: id });
    expect(await stage.world.keys()).toEqual({});
  });

  test("for UDP is shown by its rule's counter where nothing answers", async () => {
    const id = await stage.open({ protocol: "udp", ports: { first: 5353, last: 5353 } });
    const [ended] = await workOff(stage.store, stage.world.firewall, [id]);
    expect(ended).toMatchObject({ state: "applied", receipt: { checks: [{ after: { outcome: "counted" } }] } });
    expect(ended?.receipt?.counter?.after).toBeGreaterThan(0);
    await stage.expectAsApproved();
  });

  test("that nobody can try is taken back and said so, unless just that was approved", async () => {
    stage.world.probers.away.add("application");
    onTestFinished(() => void stage.world.probers.away.delete("application"));
    const id = await stage.open();
    const limits = { provenMs: 300 };
    const [ended] = await workOff(stage.store, stage.world.firewall, [id], { limits });
    expect(ended).toMatchObject({
      state: "rolled-back",
      receipt: {
        problem: expect.stringMatching(/^Nobody saw that it is open\. The prober of application could not be/),
      },
    });
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    const known = await approved(stage.store, anOpening({ unproven: "No prober stands there." }));
    expect(await workOff(stage.store, stage.world.firewall, [known], { limits })).toMatchObject([
      { state: "applied", receipt: { unproven: expect.stringContaining("The prober of application") } },
    ]);
    await stage.expectAsApproved();
  });

  test("that certops.yaml no longer allows when it begins is void", async () => {
    const id = await approved(stage.store, anOpening({ startsAt: Date.now() - 1 }));
    const { policy } = stage.world.firewall;
    const stricter = { ...stage.world.firewall, policy: { ...policy, forbiddenPorts: [{ first: 5432, last: 5432 }] } };
    expect(await workOff(stage.store, stricter, [id])).toMatchObject([
      {
        state: "void",
        receipt: {
          problem: "certops.yaml no longer allows what was approved. Port 5432 may not be opened.",
          notes: [],
        },
      },
    ]);
    expect(await stage.world.keys()).toEqual({});
  });

  test("is given another end without anything being applied, while certops.yaml allows the rule", async () => {
    const ruleId = await stage.opened();
    const { receipt, plan } = await firewallIn(stage.store, ruleId);
    const before = plan.action === "open" ? plan.until : null;
    const keys = await stage.world.keys();
    const until = Date.now() + 200 * 86_400_000;
    const id = await approved(stage.store, { action: "extend", ruleId, rule: aRule(), before, until });
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([
      { state: "applied", receipt: { revision: null } },
    ]);
    expect(await stage.world.keys()).toEqual(keys);
    expect(receipt?.revision).toBeGreaterThan(0);
    const again = await approved(stage.store, { action: "extend", ruleId, rule: aRule(), before, until });
    expect(await workOff(stage.store, stage.world.firewall, [again])).toMatchObject([
      {
        state: "void",
        receipt: { problem: `It moved since it was approved: ${ruleId} was given another end already.` },
      },
    ]);
    const longer = { action: "extend", ruleId, rule: aRule(), before: until, until: null } as const;
    const forbidden = await approved(stage.store, longer);
    const { policy } = stage.world.firewall;
    const stricter = { ...stage.world.firewall, policy: { ...policy, forbiddenPorts: [{ first: 5432, last: 5432 }] } };
    expect(await workOff(stage.store, stricter, [forbidden])).toMatchObject([
      {
        state: "void",
        receipt: { problem: "certops.yaml no longer allows what was approved. Port 5432 may not be opened." },
      },
    ]);
    expect((await readInForce(stage.store)).rules.get(ruleId)?.until).toBe(until);
  });
});
