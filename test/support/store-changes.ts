import type { Store } from "../../bot/adapters/store/database.ts";
import { deliveries } from "../../bot/adapters/store/deliveries.ts";
import { digests } from "../../bot/adapters/store/digests.ts";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { homes } from "../../bot/adapters/store/homes.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { keptPasskeys } from "../../bot/adapters/store/passkeys.ts";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { ExpiryNotice } from "../../bot/domain/expiry-notice.ts";
import type { PasskeyLink } from "../../bot/domain/passkey-link.ts";
import type { Passkey } from "../../bot/domain/passkey.ts";
import type { ToldDigest } from "../../bot/operations/store-ports.ts";
import { nothingProven } from "../../bot/domain/rollout.ts";
import { aCommit, approve, aRequest, t0 } from "./renewal-fixtures.ts";

/** The store's ports, by the file of `bot/adapters/store` each is in. */
export const portsOf = (store: Store) => ({
  audit: store.audit,
  deliveries: deliveries(store.db.withTables()),
  digests: digests(store.db),
  "expiry-notices": expiryNotices(store.db),
  freezes: store.freezes,
  homes: homes(store.db.withTables()),
  inventory: inventory(store.db),
  jobs: store.jobs,
  notices: notices(store.db),
  outbox: store.outbox,
  passkeys: keptPasskeys(store.db.withTables()),
  requests: store.requests,
  schedules: schedules(store.db),
  snoozes: snoozes(store.db),
});

const id = "r-abcd2345";
const byAna = { scope: "service-a", by: "U0ANA", reason: "audit week", at: t0 };
export const byCase = { ...byAna, by: "lab", until: t0 + 60_000 };

/** One way to write: its port and method first. */
export type Change = [
  what: string,
  of: {
    prepare?: (store: Store) => Promise<unknown>;
    change: (store: Store) => Promise<unknown>;
    /** Tables into which it inserts last, when all else is written. */
    last?: string[];
  },
];

const pending = (store: Store) => store.requests.open(aRequest(), aCommit("opened"));
export const claimed = async (store: Store) => {
  await approve(store);
  await store.jobs.claim("bot", t0, 1_000);
};
const due = (store: Store) => schedules(store.db).due({ name: "digest", expression: "daily" }, t0, t0);

const passkeys = ({ db }: Store) => keptPasskeys(db.withTables());
const passkey: Passkey = {
  id: "credential",
  user: "U0ANA",
  publicKey: "key",
  counter: 0,
  transports: [],
  rpId: "localhost",
  enrolledAt: t0,
  enrolledBy: "operator:root",
  usedAt: null,
  withdrawnAt: null,
  withdrawnBy: null,
};
const link: PasskeyLink = {
  purpose: "enrol",
  by: "U0ANA",
  user: "U0ANA",
  hash: "hash",
  nonce: "nonce",
  createdAt: t0,
  expiresAt: t0 + 1,
  usedAt: null,
};

const digest: ToldDigest = {
  channel: "C0CERTS",
  at: t0,
  told: { "service-a a-1": { name: "service-a", state: "expiring" } },
};

const notice: ExpiryNotice = {
  subject: "service-a",
  kind: "service",
  owner: null,
  level: "30 d",
  told: ["30 d"],
  endings: [],
  blast: null,
  renewal: null,
  snooze: null,
  over: null,
};
const standing = { id: "service-a@1", toldIn: "service-a@1", version: 1, notice };
/** The commit of what may be of several subjects. */
const several = (action: string) => {
  const { audit, outbox } = aCommit(action, "service-a");
  return { audit: [audit], outbox };
};
const tell = (store: Store) =>
  expiryNotices(store.db).write([{ write: "tell", id: standing.id, toldIn: standing.toldIn, notice }], several("tell"));
const snoozed = (store: Store) =>
  snoozes(store.db).set(
    { subject: "service-a", by: "U0ANA", reason: "audit week", at: t0, until: t0 + 60_000 },
    aCommit("snoozed"),
  );

/** What is told to somebody besides. */
export const told: Change[] = [
  ["passkeys.add", { change: (store) => passkeys(store).add(passkey, aCommit("added", "U0ANA")) }],
  [
    "passkeys.withdraw",
    {
      prepare: (store) => passkeys(store).add(passkey, aCommit("added", "U0ANA")),
      change: (store) => passkeys(store).withdraw(passkey.id, { at: t0, by: "U0ANA" }, aCommit("withdrawn", "U0ANA")),
    },
  ],
  [
    "passkeys.keepLink",
    {
      change: async (store) => {
        await passkeys(store).keepLink(link, aCommit("asked", "U0ANA"));
        return true;
      },
    },
  ],
  ["requests.open", { change: pending }],
  [
    "requests.open with a job",
    { change: (store) => store.requests.open(aRequest({ state: "approved" }), { ...aCommit("opened"), job: true }) },
  ],
  [
    "requests.move",
    {
      prepare: pending,
      change: (store) => store.requests.move(id, ["pending"], { state: "denied" }, aCommit("denied")),
    },
  ],
  [
    "requests.move with a job",
    {
      prepare: pending,
      change: (store) =>
        store.requests.move(id, ["pending"], { state: "approved" }, { ...aCommit("approved"), job: true }),
    },
  ],
  [
    "jobs.finish",
    {
      prepare: claimed,
      change: (store) => store.jobs.finish(id, "bot", { state: "deployed", receipt: null }, aCommit("deployed")),
    },
  ],
  ["freezes.freeze", { change: (store) => store.freezes.freeze(byAna, aCommit("freeze")) }],
  [
    "freezes.thaw",
    {
      prepare: (store) => store.freezes.freeze(byAna, aCommit("freeze")),
      change: (store) => store.freezes.thaw("service-a", aCommit("thaw")),
    },
  ],
  ["freezes.hold", { change: (store) => store.freezes.hold(byCase, aCommit("hold")) }],
  [
    "freezes.release",
    {
      prepare: (store) => store.freezes.hold(byCase, aCommit("hold")),
      change: (store) => store.freezes.release("service-a", aCommit("release")),
    },
  ],
  ["notices.raise", { change: (store) => notices(store.db).raise("vault", t0, aCommit("raised")) }],
  [
    "notices.settle",
    {
      prepare: (store) => notices(store.db).raise("vault", t0, aCommit("raised")),
      change: (store) => notices(store.db).settle("vault", aCommit("settled")),
    },
  ],
  [
    "schedules.claim",
    { prepare: due, change: (store) => schedules(store.db).claim("digest", t0, t0 + 1, aCommit("sent")) },
  ],
  [
    "schedules.claim with what its digest told",
    {
      prepare: due,
      last: ["digests"],
      change: (store) => schedules(store.db).claim("digest", t0, t0 + 1, { ...aCommit("sent"), told: [digest] }),
    },
  ],
  ["expiry-notices.write", { change: tell }],
  [
    "expiry-notices.write of what stands",
    {
      prepare: tell,
      change: (store) =>
        expiryNotices(store.db).write(
          [{ write: "change", standing, notice: { ...notice, level: "7 d" } }],
          several("told"),
        ),
    },
  ],
  ["snoozes.set", { change: (store) => snoozed(store).then(() => true) }],
  ["snoozes.end", { prepare: snoozed, change: (store) => snoozes(store.db).end("service-a", t0, aCommit("woken")) }],
  [
    "audit.append",
    { change: ({ audit }) => audit.append(aCommit("noted").audit, aCommit("noted").outbox).then(() => true) },
  ],
];

/** What nobody is told of by itself. */
export const noted: Change[] = [
  [
    "jobs.advance",
    {
      prepare: claimed,
      change: (store) =>
        store.jobs.advance(
          id,
          "bot",
          { step: "written", data: {}, progress: nothingProven },
          aCommit("job.written").audit,
        ),
    },
  ],
  [
    "passkeys.use",
    {
      prepare: async (store) => {
        await passkeys(store).add(passkey, aCommit("added", "U0ANA"));
        await passkeys(store).keepLink(link, aCommit("asked", "U0ANA"));
      },
      change: (store) =>
        passkeys(store).use(link.hash, aCommit("used", "U0ANA").audit, { passkey, counter: passkey.counter + 1 }),
    },
  ],
  ["schedules.due", { change: due }],
];
