import { readlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { firewallSteps } from "../../lab/demo/firewall-steps.ts";
import { eventually } from "../../lab/eventually.ts";
import { leftovers } from "../../lab/sweep.ts";
import { missingFirewall } from "../support/firewall-lab.ts";
import { namespacesOf, usersOf } from "../support/lab-namespaces.ts";
import { LabProcess, stateIn, statusIn } from "../support/lab-process.ts";
import { labAsOrdinaryUser, missingOrdinaryUser } from "../support/ordinary-user.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TEST_MS = 300_000;
const missing = missingFirewall ?? missingOrdinaryUser();

test(
  "`demo firewall` tells an ordinary user the whole story, root of nothing but its own hosts, and leaves nothing",
  { timeout: TEST_MS },
  async (context) => {
    if (missing !== null) return context.skip(missing);
    using folder = temporaryFolder();
    await using lab = await LabProcess.demo("firewall", folder.path, await labAsOrdinaryUser(folder.path));
    const { dir } = lab;
    const state = await stateIn(dir);
    const namespaces = await namespacesOf(dir);
    const userOf = (pid: number | string) => readlink(`/proc/${pid}/ns/user`);
    expect(await userOf(state.firewall?.router.pid ?? 0)).not.toBe(await userOf("self"));

    const well = async () => {
      const told = await statusIn(dir);
      return told.problems.length === 0 ? told : null;
    };
    const status = await eventually("the lab to be well", well, AbortSignal.timeout(30_000));
    const networkOf = (pid: number | null | undefined) => readlink(`/proc/${pid ?? 0}/ns/net`);
    const management = await networkOf(status.firewall?.hosts.find(({ name }) => name === "management")?.pid);
    expect(management).not.toBe(await readlink("/proc/self/ns/net"));
    const inside = status.children.filter(({ name }) => /^(vault|consul.*|cts|bot)$/.test(name));
    const networks = await Promise.all(inside.map(async ({ name, pid }) => [name, await networkOf(pid)] as const));
    const consul = ["consul server-1", "consul server-2", "consul server-3", "consul client"];
    const names = ["vault", ...consul, "cts", "bot"];
    expect(new Map(networks)).toEqual(new Map(names.map((name) => [name, management])));

    expect(await lab.ended).toBe(0);
    for (const name of ["up", ...firewallSteps.map((step) => step.name), "down"]) {
      expect(lab.output).toContain(`\n${name}  `);
    }
    expect(lab.output).toContain("That is the whole story.");
    expect(await leftovers(dir)).toEqual([]);
    expect(namespaces.size).toBeGreaterThanOrEqual(7);
    expect(await usersOf(namespaces)).toEqual([]);
  },
);
