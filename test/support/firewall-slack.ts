import { approvalsDesk } from "../../bot/desk-approvals.ts";
import { firewallDesk } from "../../bot/desk-firewall.ts";
import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { Refusal } from "../../bot/domain/refusal.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Look } from "../../bot/operations/firewall/find-hidden.ts";
import type { FirewallGround } from "./firewall-desk.ts";
import { platformGroups as groupsOf, type SlackBot, startSlackBot } from "./slack-bot.ts";
import { answer } from "./view-fixtures.ts";

const unseen = ({ endpoint, code }: Look) => ({
  endpoint: endpoint.id,
  serverName: endpoint.host,
  why: code ?? "It answers.",
  since: null,
});

/** The bot in a workspace, asked about its firewall: what is typed is `/firewall …`, or another command in full. `ana` asks; ben and chen may approve. `restore`: what re-applying comes to. */
export async function aFirewallSlack(
  ground: FirewallGround,
  restore: () => Promise<FirewallRequest | Refusal> = () => Promise.reject(new Error("nothing is re-applied here")),
): Promise<SlackBot> {
  const { store, needs } = ground;
  const configured = { services: new Map(), mesh: null, firewall: needs.firewall };
  const { clock } = needs;
  const desk = {
    services: new Map(),
    vault: () => null,
    mesh: null,
    ask: async () => answer({ title: "At 10.81.3.2", unknown: ground.seen.map(unseen) }),
    approvals: approvalsDesk({ ...store, ...configured, clock, groupsOf }),
    firewall: firewallDesk({ ...needs, groupsOf, restore }),
  } as unknown as Desk;

  const bot = await startSlackBot({ store, desk, configured, clock });
  const inFull = (text: string) => (text.startsWith("/") ? text : `/firewall ${text}`);
  return {
    ...bot,
    type: (text, user) => bot.type(inFull(text), user),
    answer: (text, user) => bot.answer(inFull(text), user),
  };
}
