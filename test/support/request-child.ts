import type { Logger } from "@slack/bolt";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import { vaultHealth } from "../../bot/adapters/vault/health.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { openRequest } from "../../bot/operations/open-request.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { pause } from "../../bot/operations/waiting.ts";
import { slackClient } from "../../bot/slack/client.ts";
import { deliverOutbox } from "../../bot/slack/outbox.ts";
import { drawnBesides } from "./drawn-besides.ts";
import { haltingAt } from "./halt.ts";
import type { VaultWorld } from "./vault-world.ts";
import { workJobs } from "./work-jobs.ts";

// A bot that asks for one renewal, has it approved as soon as its message stands in Slack, and works it off: in a process of
// its own. After each step it says which.

export interface ChildOrders extends Pick<VaultWorld, "vault" | "files" | "service"> {
  store: string;
  slack: { apiUrl: string; token: string };
  /** As it is asked for. */
  request: RenewalRequest;
  haltAt: string | null;
}

const orders = JSON.parse(process.argv[2] ?? "") as ChildOrders;
const { request, service } = orders;
const { id } = request;
const halt = haltingAt(orders.haltAt);
const pass = (step: string) => {
  process.stdout.write(`passed ${step}\n`);
  halt(step);
};

await using kept = await openStore(orders.store, Date.now);
const store = watched(kept);
const vault = vaultClient(orders.vault);
const kv = generations(vault);
const log = {
  debug() {},
  info() {},
  warn() {},
  error: console.error,
  setLevel() {},
  getLevel: () => "error",
  setName() {},
};
const client = slackClient(orders.slack.token, { apiUrl: orders.slack.apiUrl, logger: log as unknown as Logger });
const groupsOf = async () => ["S0PLATFORM"];
const needs = {
  ...store,
  services: new Map([[service.name, service]]),
  mesh: null,
  firewall: null,
  clock: Date.now,
  groupsOf,
};

const isEnded = async () => (await kept.requests.find(id))?.receipt !== null;

/** The store, which says what it has committed. */
function watched(real: Store): Store {
  return {
    ...real,
    requests: {
      ...real.requests,
      async open(...asked) {
        const opened = await real.requests.open(...asked);
        pass("opened");
        return opened;
      },
      async placed(...message) {
        await real.requests.placed(...message);
        pass("placed");
      },
    },
    jobs: {
      ...real.jobs,
      async claim(...by) {
        const job = await real.jobs.claim(...by);
        if (job !== null) pass("claimed");
        return job;
      },
    },
    outbox: {
      ...real.outbox,
      async done(item) {
        await real.outbox.done(item);
        pass((await isEnded()) ? "receipt noted" : "post noted");
      },
    },
  };
}

const post = client.chat.postMessage.bind(client.chat);
const update = client.chat.update.bind(client.chat);
client.chat.postMessage = async (...message) => {
  const answer = await post(...message);
  pass("posted");
  return answer;
};
client.chat.update = async (...message) => {
  const drawn = (await isEnded()) ? "receipt drawn" : "drawn";
  const answer = await update(...message);
  pass(drawn);
  return answer;
};

if ((await kept.requests.find(id)) === null) await openRequest(needs, request);

const end = new AbortController();
const signal = AbortSignal.any([end.signal, AbortSignal.timeout(20_000)]);
const telling = deliverOutbox({ ...needs, ...drawnBesides(needs), client, channel: "C0CERTS", log }, signal);
const work = () =>
  workJobs(
    {
      ...needs,
      generations: {
        ...kv,
        async write(...write) {
          const taken = await kv.write(...write);
          pass("generation taken");
          return taken;
        },
      } as typeof kv,
      issued: issuedList(vault),
      probe: createProbe(orders.files),
      swaps: async () => [],
      placements: null,
      health: () => vaultHealth(vault),
      owner: `bot-${process.pid}`,
      onStep: ({ step }) => pass(step === "deployed" ? "ended" : step),
    },
    signal,
  );

// One after the other, where the bot does them side by side: so the steps have an order.
let working: Promise<void> | null = null;
for (; !signal.aborted; await pause(10, signal)) {
  const now = await kept.requests.find(id);
  const { count } = await kept.outbox.waiting();
  if (now === null || count > 0) continue;
  if (now.state === "pending") {
    await settleClick(needs, { id, user: "U0BEN", verdict: "approve" });
    pass("approved");
  } else if (now.receipt !== null) end.abort();
  else working ??= work();
}
await Promise.all([telling, working]);
