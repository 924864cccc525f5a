import { approvalsDesk } from "../../bot/desk-approvals.ts";
import { firewallDesk } from "../../bot/desk-firewall.ts";
import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { Refusal } from "../../bot/domain/refusal.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Look } from "../../bot/operations/firewall/find-hidden.ts";
import { noFirewall } from "../../bot/operations/firewall/firewall-command.ts";
import { objectToForm } from "../../bot/operations/object-to-form.ts";
import { aDeskSlack, type DeskSlack, groupsOf } from "./desk-slack.ts";
import type { FirewallGround } from "./firewall-desk.ts";
import { answer } from "./view-fixtures.ts";

/** `type` and `answer` take what comes after `/firewall`, or another command in full. */
export type FirewallSlack = DeskSlack;

const unseen = ({ endpoint, code }: Look) => ({
  endpoint: endpoint.id,
  serverName: endpoint.host,
  why: code ?? "It answers.",
  since: null,
});

/** `ana` asks; ben and chen may approve. `restore`: what re-applying comes to. */
export async function aFirewallSlack(
  ground: FirewallGround,
  restore: () => Promise<FirewallRequest | Refusal> = () => Promise.reject(new Error("nothing is re-applied here")),
): Promise<FirewallSlack> {
  const { store, needs } = ground;
  const deciding = { ...store, services: new Map(), mesh: null, firewall: needs.firewall, clock: needs.clock };
  const desk = {
    services: new Map(),
    vault: () => null,
    mesh: null,
    ask: async () => answer({ title: "At 10.81.3.2", unknown: ground.seen.map(unseen) }),
    approvals: approvalsDesk({ ...deciding, groupsOf }),
    firewall: firewallDesk({ ...needs, groupsOf, restore }),
  } as unknown as Desk;
  const slack = await aDeskSlack({
    store,
    desk,
    deciding,
    objections: async (form) => {
      if (form.kind === "submission") return (await desk.firewall?.objections(form.fields)) ?? noFirewall;
      return form.kind === "request-form" ? objectToForm({ ...deciding, groupsOf }, form) : [];
    },
    clock: needs.clock,
  });
  const inFull = (text: string) => (text.startsWith("/") ? text : `/firewall ${text}`);
  return {
    ...slack,
    type: (text, user) => slack.type(inFull(text), user),
    answer: (text, user) => slack.answer(inFull(text), user),
  };
}
