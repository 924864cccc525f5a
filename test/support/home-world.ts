import { requestId } from "../../bot/adapters/request-id.ts";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { approvalsDesk } from "../../bot/desk-approvals.ts";
import { firewallDesk } from "../../bot/desk-firewall.ts";
import type { Row, UnknownEndpoint } from "../../bot/domain/answer.ts";
import type { IntentionFields, RenewalFields } from "../../bot/domain/forms.ts";
import type { Intention } from "../../bot/domain/intention.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import type { RequestState } from "../../bot/domain/request.ts";
import { Failure } from "../../bot/errors.ts";
import { checkIntention } from "../../bot/operations/check-intention.ts";
import { checkRenewal } from "../../bot/operations/check-renewal.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { proposeIntention, type WantedIntention } from "../../bot/operations/propose-intention.ts";
import { proposeRenewal, type Wanted } from "../../bot/operations/propose-renewal.ts";
import { snooze, wake } from "../../bot/operations/snooze.ts";
import { suggestServices } from "../../bot/operations/suggest-services.ts";
import { type Answer as Told, until } from "../contract/slack-fixture.ts";
import { interactiveElements } from "../../lab/slack/blocks/block.ts";
import type { View } from "../../lab/slack/views.ts";
import { aFirewallGround, type FirewallGround } from "./firewall-desk.ts";
import { aPolicy } from "./intention-fixtures.ts";
import { aService } from "./renewal-fixtures.ts";
import { type SlackBot, startSlackBot } from "./slack-bot.ts";
import { answer } from "./view-fixtures.ts";

/** A bot with services, a mesh and a firewall, as people use it from their Home tabs. */
export interface HomeWorld extends AsyncDisposable {
  bot: SlackBot;
  desk: Desk;
  store: Store;
  ground: FirewallGround;
  services: Map<string, ManagedService>;
  /** What ends soon, and what is unknown. */
  rows: Row[];
  unknown: UnknownEndpoint[];
  /** Who is in the approvers' group, as Slack has it. */
  members: Set<string>;
  intentions: Intention[];
  consulIsAway: boolean;
  /** Opens the Home tab, and gives it once it looks like that. */
  open(user: string, look?: RegExp): Promise<View>;
  /** The Home tab, once it looks like that. */
  home(user: string, look: RegExp): Promise<View>;
  /** Clicks in the Home tab; `value`: on the button that carries this among what it carries. */
  press(user: string, action: string, value?: string): Promise<Told>;
  /** The modal on top, once it looks like that. */
  modal(user: string, look?: RegExp): Promise<View>;
  /** Opens a pending renewal. */
  asked(service: string, requester?: string): Promise<string>;
  stateOf(id: string): Promise<RequestState | undefined>;
}

export async function aHomeWorld(
  options: { rateLimits?: boolean; blocks?: "plain" | "newest"; socket?: boolean } = {},
): Promise<HomeWorld> {
  const ground = await aFirewallGround({ now: Date.now() });
  const { store } = ground;
  const services = new Map(
    ["service-a", "service-b", "ledger"].map((name) => [name, aService({ name, names: [`${name}.example.com`] })]),
  );
  const policy = aPolicy();
  const world = {
    members: new Set(["U0BEN", "U0CHEN"]),
    rows: [] as Row[],
    unknown: [] as UnknownEndpoint[],
    intentions: [] as Intention[],
    consulIsAway: false,
  };
  const held = async () => {
    if (world.consulIsAway) throw new Failure("consul-down", "Consul cannot be reached.", "See whether it runs.");
    return world.intentions;
  };
  const mesh: Mesh = {
    policy,
    intentions: {
      list: held,
      read: async () => ({ version: 1, intentions: await held() }),
      write: () => Promise.reject(new Error("nothing is written here")),
      allows: async () => true,
    },
    calls: () => Promise.reject(new Error("no page makes calls here")),
  };
  const groupsOf = async (user: string) => (world.members.has(user) ? ["S0PLATFORM"] : []);
  const needs = { ...store, services, mesh, firewall: ground.needs.firewall, groupsOf, clock: Date.now };
  const quiet = {
    ...needs,
    snoozes: snoozes(store.db.withTables()),
    expiryNotices: expiryNotices(store.db.withTables()),
    inventory: { issuers: async () => ["CN=an authority"] },
  };
  const known = { services: [...services.values()], endpoints: [], ground: [] };
  const inventory = { observations: async () => [], certificate: async () => null };
  const desk = {
    services,
    vault: () => null,
    ask: async () => answer({ rows: world.rows, unknown: world.unknown }),
    renew: (wanted: Wanted) => proposeRenewal({ ...needs, inventory, newId: () => requestId("renewal") }, wanted),
    checkRenewal: (fields: RenewalFields & { requester: string }) => checkRenewal(needs, fields),
    approvals: approvalsDesk(needs),
    snooze: (wanted: Parameters<Desk["snooze"]>[0]) => snooze(quiet, known, wanted),
    wake: (wanted: Parameters<Desk["wake"]>[0]) => wake(quiet, known, wanted),
    suggest: (typed: string) => suggestServices(needs, typed),
    mesh: {
      services: policy.services,
      ask: (wanted: WantedIntention) => proposeIntention({ ...needs, newId: () => requestId("intention") }, wanted),
      check: (fields: IntentionFields & { requester: string }) => checkIntention(needs, fields),
    },
    firewall: firewallDesk({
      ...ground.needs,
      groupsOf,
      restore: () => Promise.reject(new Error("nothing is put back here")),
    }),
  } as unknown as Desk;
  const bot = await startSlackBot({
    store,
    desk,
    configured: { services, mesh, firewall: ground.needs.firewall },
    clock: Date.now,
    groupsOf,
    ...options,
  });
  const { workspace } = bot;

  const home = (user: string, look: RegExp) =>
    until(async () => {
      const view = await workspace.home(user);
      return view !== null && look.test(JSON.stringify(view)) && view;
    });
  return Object.assign(world, {
    bot,
    desk,
    store,
    ground,
    services,
    home,
    async open(user: string, look = /./) {
      await workspace.act("/home", { user });
      return home(user, look);
    },
    async press(user: string, action_id: string, value?: string) {
      const view = await workspace.home(user);
      const block = view?.blocks.find((one) =>
        interactiveElements(one).some(
          (element) =>
            element.action_id === action_id && (!value || ("value" in element && element.value?.includes(value))),
        ),
      );
      return workspace.act("/click", { user, view_id: view?.id, action_id, block_id: block?.block_id });
    },
    modal: (user: string, look = /./) =>
      until(async () => {
        const top = (await workspace.views(user)).at(-1);
        return top !== undefined && look.test(JSON.stringify(top)) && top;
      }),
    async asked(name: string, requester = "U0ANA") {
      const service = services.get(name);
      if (service === undefined) throw new Error(`no service ${name}`);
      const request = await desk.renew({ service, requester, reason: "the audit" });
      if (!("id" in request)) throw new Error(request.message);
      return request.id;
    },
    stateOf: async (id: string) => (await store.requests.find(id))?.state,
    [Symbol.asyncDispose]: () => bot[Symbol.asyncDispose](),
  });
}
