import { expect, test } from "vitest";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import { watchedEndpoints } from "../../bot/domain/estate.ts";
import { type Standing, standings } from "../../bot/domain/lineage.ts";
import { aCertificate, aLook, anEstate } from "../support/inventory-fixtures.ts";
import { aStore, t0 } from "../support/renewal-fixtures.ts";

const estate = anEstate();
const endpoints = watchedEndpoints(estate);
const lifeMs = 120_000;

/** What truly happened, kept the plain way. */
interface World {
  now: number;
  issued: { certificate: Certificate; readAt: number }[];
  /** Endpoint → what it showed, in order. */
  shown: Map<string, Certificate[]>;
  unreachable: Set<string>;
}

/** The rules once more, from the whole past instead of from rows. */
function truth({ now, issued, shown, unreachable }: World, certificate: Certificate): Standing {
  const last = (id: string) => shown.get(id)?.at(-1);
  const at = endpoints.filter(({ id }) => last(id) === certificate);
  if (at.some(({ id }) => !unreachable.has(id))) return "served";
  if (at.length > 0) return "last-seen";
  if ([...shown.values()].some((all) => all.includes(certificate)) || now >= certificate.notAfter) return "history";
  const service = estate.services.find(({ names }) => names.includes(certificate.names[0] ?? ""));
  if (service === undefined) throw new Error("every certificate here is of a service");
  const earlier = service.endpoints.some(({ id }) => (last(id)?.notBefore ?? 0) < certificate.notBefore);
  if (!earlier) return "history";
  const readAt = issued.find((one) => one.certificate === certificate)?.readAt ?? now;
  return now - readAt < 10_000 ? "new" : "not-served";
}

/** The same numbers in every run of a seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])("whatever happens, the store tells it as it was (seed %i)", async (seed) => {
  const below = generator(seed);
  const kept = inventory((await aStore()).db);
  const world: World = { now: t0, issued: [], shown: new Map(), unreachable: new Set() };
  const managed = endpoints.filter(({ service }) => service !== null);
  const met = new Set<Standing>();

  for (let step = 0; step < 120; step += 1) {
    world.now += below(8_000);
    const endpoint = managed[below(managed.length)];
    if (endpoint === undefined) throw new Error("no endpoint");
    const mine = estate.services.find(({ name }) => name === endpoint.service)?.names ?? [];
    const known = world.issued.filter(({ certificate }) => certificate.names[0] === mine[0]);
    switch (below(4)) {
      case 0: {
        const certificate = aCertificate(`${seed}-${step}`, {
          names: mine,
          notBefore: world.now,
          notAfter: world.now + lifeMs,
        });
        world.issued.push({ certificate, readAt: world.now });
        await kept.saveIssued([certificate], world.now);
        break;
      }
      case 1: {
        world.unreachable.add(endpoint.id);
        await kept.saveObservation(aLook(endpoint.id, null, { at: world.now }), []);
        break;
      }
      default: {
        // Mostly the latest; at times an instance comes back with one from before.
        const certificate = known.at(below(3) === 0 ? -1 - below(known.length || 1) : -1)?.certificate;
        if (certificate === undefined) break;
        const shown = world.shown.get(endpoint.id) ?? [];
        world.shown.set(endpoint.id, [...shown, certificate]);
        world.unreachable.delete(endpoint.id);
        await kept.saveObservation(aLook(endpoint.id, certificate, { at: world.now }), [certificate]);
      }
    }
    const told = standings(await kept.certificates({}), await kept.observations(), estate, world.now);
    const current = await kept.certificates({
      inUse: { at: world.now, names: estate.services.flatMap(({ names }) => names) },
    });
    const toldOfCurrent = standings(current, await kept.observations(), estate, world.now);
    for (const { certificate } of world.issued) {
      const expected = truth(world, certificate);
      met.add(expected);
      expect(told.get(certificate.fingerprint), `${certificate.pem} at step ${step}`).toBe(expected);
      // What a question loads tells the same, and may leave out nothing but history.
      expect(toldOfCurrent.get(certificate.fingerprint) ?? "history").toBe(expected);
    }
  }
  expect([...met].toSorted()).toEqual(["history", "last-seen", "new", "not-served", "served"]);
});
