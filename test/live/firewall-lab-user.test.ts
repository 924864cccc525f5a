import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { labStatusSchema } from "../../lab/status.ts";
import { leftovers } from "../../lab/sweep.ts";
import { visit } from "../../lab/visit.ts";
import { applyByHand, appToDatabase, missingFirewall } from "../support/firewall-lab.ts";
import { namespacesOf, usersOf } from "../support/lab-namespaces.ts";
import { labCommand, LabProcess, stateIn } from "../support/lab-process.ts";
import { labAsOrdinaryUser, missingOrdinaryUser } from "../support/ordinary-user.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TEST_MS = 180_000;
const missing = missingFirewall ?? missingOrdinaryUser();

test(
  "an ordinary user has the whole of it, root of nothing but its own hosts, and leaves nothing",
  { timeout: TEST_MS },
  async (context) => {
    if (missing !== null) return context.skip(missing);
    using folder = temporaryFolder();
    const dir = join(folder.path, "lab");
    await using lab = await LabProcess.up(dir, ["--free-ports", "--firewall"], await labAsOrdinaryUser(folder.path));
    const state = await stateIn(dir);
    const namespaces = await namespacesOf(dir);
    const userOf = (pid: number | string) => readlink(`/proc/${pid}/ns/user`);
    expect(await userOf(state.firewall?.router.pid ?? 0)).not.toBe(await userOf("self"));

    const status = await labCommand(["status", "--json", "--dir", dir]);
    expect(labStatusSchema.parse(JSON.parse(status.stdout)).problems).toEqual([]);
    const a = state.firewall?.services.find(({ instance }) => instance === "a-app");
    if (a === undefined) throw new Error("the lab has no a-app");
    expect(await visit(a, "/w-mtls", state.files.root)).toContain("UND_ERR_CONNECT_TIMEOUT");
    const services = { "service-a": ["10.81.2.2"], "service-b": ["10.81.3.2"] };
    await applyByHand(state, { "app-db": appToDatabase }, services, 1);
    expect(await visit(a, "/w-mtls", state.files.root)).toContain("Outcome: answered");

    expect(await lab.stop()).toBe(0);
    expect(await leftovers(dir)).toEqual([]);
    expect(namespaces.size).toBeGreaterThanOrEqual(7);
    expect(await usersOf(namespaces)).toEqual([]);
  },
);
