import { requestId } from "../../bot/adapters/request-id.ts";
import { approvalsDesk } from "../../bot/desk-approvals.ts";
import type { Desk } from "../../bot/operations/command.ts";
import { askToEnrol } from "../../bot/operations/passkeys/enrol-passkey.ts";
import { withdrawPasskey } from "../../bot/operations/passkeys/withdraw-passkey.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import type { TestWorkspace } from "../contract/slack-fixture.ts";
import type { PasskeyWorld } from "./passkey-world.ts";
import { startSlackBot } from "./slack-bot.ts";
import { noRenewal, workJobs } from "./work-jobs.ts";

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

  const { services, mesh, firewall, passkeys, groupsOf } = needs;
  const bot = owned.use(
    await startSlackBot({
      store,
      desk,
      configured: { services, mesh, firewall, passkeys },
      clock,
      groupsOf,
      door: {
        url: `${world.origin.replace("localhost", "127.0.0.1")}/slack/events`,
        opens: (listener) => (world.slack = listener),
      },
    }),
  );

  needs.namesOf = bot.namesOf;
  const stop = new AbortController();
  const enrolments = {
    ...store.jobs,
    // A renewal's job stays queued: there is nothing to renew.
    claim: async (...claim: Parameters<typeof store.jobs.claim>) => {
      const job = await store.jobs.claim(...claim);
      return job?.request.startsWith("e-") ? job : null;
    },
  };
  const worker = { ...noRenewal, ...needs, mesh: null, firewall: null, clock, owner: "bot", jobs: enrolments };
  const running = workJobs(worker, stop.signal);
  owned.defer(async () => {
    stop.abort();
    await running;
  });
  const kept = owned.move();
  return { workspace: bot.workspace, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
