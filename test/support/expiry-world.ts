import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import type { PeersSeen } from "../../bot/domain/blast-radius.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { Estate } from "../../bot/domain/estate.ts";
import type { Window } from "../../bot/domain/expiry.ts";
import type { Ground } from "../../bot/domain/ground.ts";
import type { Desk } from "../../bot/operations/command.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import { renewUnasked } from "../../bot/operations/renew-unasked.ts";
import { snooze, wake } from "../../bot/operations/snooze.ts";
import { watchExpiry } from "../../bot/operations/watch-expiry.ts";
import { aCertificate, aLook, anEstate } from "./inventory-fixtures.ts";
import { aStore, t0 } from "./renewal-fixtures.ts";
import { platformGroups as groupsOf, type SlackBot, startSlackBot } from "./slack-bot.ts";

export const day = 86_400_000;

/** Ninety days of life, of which so many are left at `t0`. */
export const leaf = (name: string, daysLeft: number, changes: Partial<Certificate> = {}) =>
  aCertificate(name, { notBefore: t0 - (90 - daysLeft) * day, notAfter: t0 + daysLeft * day, ...changes });

/** A store, what is watched, and the looks at what ends, on a clock of its own. */
export async function anExpiryWorld() {
  const time = { now: t0 };
  const clock = () => time.now;
  const store = await aStore(clock);
  const kept = inventory(store.db.withTables());
  const world = {
    store,
    time,
    estate: anEstate() as Estate,
    ground: [] as Ground[] | null,
    thresholds: [
      { kind: "within", ms: 30 * day },
      { kind: "within", ms: 7 * day },
      { kind: "share", share: 0.05 },
    ] as Window[],
    channelOf: (owner: string | null) => (owner === "ledger" ? "C0LEDGER" : "C0CERTS"),
    /** What instances tell of their peers, by endpoint; those that are missing do not answer. */
    peers: new Map<string, PeersSeen>(),
    notices: expiryNotices(store.db.withTables()),
    async serve(certificate: Certificate, ...endpoints: string[]) {
      for (const id of endpoints) await kept.saveObservation(aLook(id, certificate, { at: time.now }), [certificate]);
    },
    /** Nobody answers there. */
    silence: (id: string) => kept.saveObservation(aLook(id, null, { at: time.now }), []),
    async look() {
      await renewUnasked(needs, world, world.estate);
      await watchExpiry(needs, world, { ...world.estate, ground: world.ground });
    },
    /** Everything the outbox holds, told. */
    async told() {
      const items = [];
      for (let item = await store.outbox.claim(1e15, 1_000); item; item = await store.outbox.claim(1e15, 1_000)) {
        await store.outbox.done(item.id);
        items.push(item);
      }
      return items;
    },
    needs: () => needs,
    slack: (owners = {}, channel = "C0CERTS"): Promise<SlackBot> => {
      const services = new Map(world.estate.services.map((service) => [service.name, service]));
      const looked = async <T>(done: Promise<T>) => {
        const value = await done;
        await world.look();
        return value;
      };
      const known = () => ({ ...world.estate, ground: world.ground ?? [] });
      const desk = {
        services,
        vault: () => null,
        mesh: null,
        firewall: null,
        renew: (wanted) => proposeRenewal({ ...needs, groupsOf, newId: () => requestId("renewal") }, wanted),
        snooze: (wanted) => looked(snooze(needs, known(), wanted)),
        wake: (wanted) => looked(wake(needs, known(), wanted)),
      } satisfies Partial<Desk> as unknown as Desk;
      const configured = { services, mesh: null, firewall: null };
      return startSlackBot({ store, desk, configured, clock, owners, channel });
    },
  };
  const needs = {
    ...store,
    inventory: kept,
    expiryNotices: world.notices,
    snoozes: snoozes(store.db.withTables()),
    admin: {
      async peers({ id }: { id: string }) {
        const told = world.peers.get(id);
        if (told === undefined) throw new Error(`${id} does not answer`);
        return told;
      },
    },
    clock,
  };
  return world;
}

export type ExpiryWorld = Awaited<ReturnType<typeof anExpiryWorld>>;
