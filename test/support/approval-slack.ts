import { onTestFinished } from "vitest";
import { requestId } from "../../bot/adapters/request-id.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { approvalsDesk } from "../../bot/desk-approvals.ts";
import { type ApprovalPolicy, byRole } from "../../bot/domain/approval-policy.ts";
import type { Desk } from "../../bot/operations/command.ts";
import { proposeRenewal, tryRenewal, type Wanted } from "../../bot/operations/propose-renewal.ts";
import type { Delivered } from "../../bot/operations/delivered.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { type TestWorkspace, until } from "../contract/slack-fixture.ts";
import { aService, aStore } from "./renewal-fixtures.ts";
import { startSlackBot } from "./slack-bot.ts";

/** service-a under one policy, in a workspace with the app's own manifest, and the bot's whole way from a click to the store. */
export interface ApprovalSlack {
  store: Store;
  workspace: TestWorkspace;
  /** Where Slack's deliveries go. */
  url: string;
  /** The bot's clock; Slack's own goes on. */
  time: { now: number };
  /** Who is in S0PLATFORM. Replaced, somebody has left. */
  members: { platform: string[]; leads: string[] };
  needs: ReturnType<typeof needsOf>;
  desk: Desk;
  /** Types a command in #certificates; gives what this person alone is told. */
  type(text: string, user?: string): Promise<Message>;
  /** The message of the request, once it looks like that. */
  message(look: RegExp): Promise<Message>;
  /** The latest message of the channel that looks like that and is no request's own. */
  notice(look: RegExp): Promise<Message>;
  /** Clicks a button, or picks from a menu. */
  click(message: Message, action: string, user: string, choice?: string): Promise<void>;
  /** Works off what a bot before acknowledged, and was cut off in. */
  again(delivered: Delivered, since: number): Promise<void>;
  /** What this person alone is told because of it. */
  told(user: string, act: () => Promise<unknown>): Promise<Message>;
}

function needsOf(store: Store, { time, members, policy }: Pick<ApprovalSlack, "time" | "members"> & Policed) {
  const service = aService({ approval: policy });
  return {
    ...store,
    services: new Map([[service.name, service]]),
    mesh: null,
    firewall: null,
    inventory: { observations: async () => [], certificate: async () => null },
    clock: () => time.now,
    newId: () => requestId("renewal"),
    groupsOf: async (user: string) => [
      ...(members.platform.includes(user) ? ["S0PLATFORM"] : []),
      ...(members.leads.includes(user) ? ["S0LEADS"] : []),
    ],
  };
}

interface Policed {
  policy: ApprovalPolicy;
}

/** ben and chen are of the platform, dana leads, ana asks. */
export async function anApprovalSlack(changes: Partial<ApprovalPolicy> = {}): Promise<ApprovalSlack> {
  const time = { now: Date.now() };
  const members = { platform: ["U0BEN", "U0CHEN"], leads: ["U0DANA"] };
  const policy = { ...byRole("production", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }), ...changes };
  const store = await aStore(() => time.now);
  const owned = new AsyncDisposableStack();
  // Before the store, which was begun first, is closed.
  onTestFinished(() => owned.disposeAsync());
  const needs = needsOf(store, { time, members, policy });
  const approvals = approvalsDesk(needs);
  const desk = {
    services: needs.services,
    vault: () => null,
    renew: (wanted: Wanted) => proposeRenewal(needs, wanted),
    tryRenewal: (wanted: Wanted) => tryRenewal(needs, wanted),
    approvals,
    mesh: null,
    firewall: null,
  } as unknown as Desk;

  const { services, mesh, firewall, groupsOf, clock } = needs;
  const bot = owned.use(
    await startSlackBot({ store, desk, configured: { services, mesh, firewall }, clock, groupsOf }),
  );
  const { workspace, url } = bot;

  const seen = (user?: string) => workspace.messages("C0CERTS", user);
  const latest = (look: RegExp, own: boolean) =>
    until(async () =>
      (await seen()).findLast(
        (one) => (one.metadata?.event_type === "certops_request") === own && look.test(JSON.stringify(one)),
      ),
    );
  const told = async (user: string, act: () => Promise<unknown>) => {
    const alone = async () => (await seen(user)).filter(({ ephemeral }) => ephemeral);
    const before = (await alone()).length;
    await act();
    return until(async () => (await alone())[before]);
  };
  return {
    store,
    workspace,
    url,
    time,
    members,
    needs,
    desk,
    told,
    again: (delivered, since) => bot.again(delivered, since),
    type: (text, user = "U0ANA") => told(user, () => workspace.act("/command", { user, channel: "C0CERTS", text })),
    message: (look) => latest(look, true),
    notice: (look) => latest(look, false),
    async click({ ts, channel }, action_id, user, choice) {
      const picked = choice === undefined ? {} : { value: choice };
      const done = await workspace.act("/click", { user, channel, ts, action_id, ...picked });
      if (!done.ok) throw new Error(JSON.stringify(done));
    },
  };
}

export const textOf = (message: Message) => JSON.stringify(message.blocks);

/** ana asks for a renewal; its message, and its id. */
export async function asked(slack: ApprovalSlack): Promise<{ message: Message; id: string }> {
  await slack.type("/cert renew service-a the old key was seen");
  const message = await slack.message(/approve_request/);
  return { message, id: String(message.metadata?.event_payload["request"]) };
}
