import { resolve } from "node:path";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import { approvalsDesk } from "../../bot/desk-approvals.ts";
import type { Desk } from "../../bot/operations/command.ts";
import { objectToForm } from "../../bot/operations/object-to-form.ts";
import { askToEnrol } from "../../bot/operations/passkeys/enrol-passkey.ts";
import { withdrawPasskey } from "../../bot/operations/passkeys/withdraw-passkey.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { slackClient } from "../../bot/slack/client.ts";
import { connectHttp } from "../../bot/slack/connect.ts";
import type { Submission } from "../../bot/slack/submission.ts";
import { deliverOutbox } from "../../bot/slack/outbox.ts";
import { readManifest } from "../../lab/slack/manifest.ts";
import { SECRETS, startWorkspace, type TestWorkspace } from "../contract/slack-fixture.ts";
import { drawnBesides } from "./drawn-besides.ts";
import type { PasskeyWorld } from "./passkey-world.ts";
import { workJobs } from "./work-jobs.ts";
import { homes } from "../../bot/adapters/store/homes.ts";
import { homeTabs } from "../../bot/slack/home-tabs.ts";
import { suggestionsOf } from "../../bot/slack/suggestions.ts";

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));
const quiet = { info() {}, warn() {}, error() {} };
const boltQuiet = { debug() {}, ...quiet, setLevel() {}, getLevel: () => "error", setName() {} };
const noHome = () => Promise.reject(new Error("no Home tab here"));
const nothingSeen = { observations: async () => [], certificate: async () => null };

/**
 * A workspace, and the bot's way into it: Bolt's receiver, the guard, the work, the outbox, and the work on approved
 * enrolments. Renewals are asked for and approved; nothing renews.
 */
export async function aPasskeySlack(world: PasskeyWorld): Promise<{ workspace: TestWorkspace } & AsyncDisposable> {
  await using owned = new AsyncDisposableStack();
  const { needs, store } = world;
  const clock = Date.now;
  const deciding = { ...needs, clock };
  const desk = {
    approvals: approvalsDesk(deciding),
    services: needs.services,
    vault: () => null,
    mesh: null,
    firewall: null,
    renew: (wanted) =>
      proposeRenewal({ ...needs, inventory: nothingSeen, clock, newId: () => requestId("renewal") }, wanted),
    passkeys: {
      enrol: (wanted) => askToEnrol({ ...needs, clock }, wanted),
      list: () => needs.passkeys.kept.all(),
      withdraw: (wanted) => withdrawPasskey({ ...needs, clock }, wanted),
    },
  } satisfies Partial<Desk> as unknown as Desk;

  const botUrl = `${world.origin.replace("localhost", "127.0.0.1")}/slack/events`;
  const workspace = owned.use(await startWorkspace({ botUrl, manifest, rateLimits: false, ackDeadlineMs: 20_000 }));
  const apiUrl = `${workspace.standIn.url}/api/`;
  const logger = boltQuiet as never;
  const client = slackClient(SECRETS.botToken, { apiUrl, logger });
  const working = {
    ...needs,
    ...store,
    desk,
    client,
    channel: "C0CERTS",
    decide: (click: Parameters<typeof settleClick>[1]) => settleClick(deciding, click),
    objections: async (filled: Submission) => {
      if (filled.kind !== "request-form") throw new Error(`no ${filled.kind} here`);
      return objectToForm(deciding, filled);
    },
    homes: homeTabs({ homes: homes(store.db.withTables()), drawing: noHome, client, clock, log: quiet }),
    suggestions: suggestionsOf(desk),
    deliveries: deliveries(store.db.withTables()),
    ...drawnBesides(store),
    clock,
    log: quiet,
  };
  const connection = connectHttp(
    { botToken: SECRETS.botToken, apiUrl, logger, signingSecret: SECRETS.signingSecret },
    working,
  );
  world.slack = connection.listener;

  const stop = new AbortController();
  const { signal } = stop;
  const unused = (): never => {
    throw new Error("nothing renews here");
  };
  const enrolments = {
    ...store.jobs,
    // A renewal's job stays queued: there is nothing to renew.
    claim: async (...claim: Parameters<typeof store.jobs.claim>) => {
      const job = await store.jobs.claim(...claim);
      return job?.request.startsWith("e-") ? job : null;
    },
  };
  const worker = { ...needs, clock, owner: "bot", jobs: enrolments, generations: unused, probe: unused } as never;
  const running = Promise.all([deliverOutbox(working, signal), workJobs(worker, signal)]);
  owned.defer(async () => {
    stop.abort();
    await running;
  });
  const kept = owned.move();
  return { workspace, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
