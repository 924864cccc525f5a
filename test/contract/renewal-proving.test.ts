import { setTimeout as timer } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { nothingProven } from "../../bot/domain/rollout.ts";
import type { Probe } from "../../bot/operations/ports.ts";
import { startProving } from "../../bot/operations/prove-rollout.ts";
import { aCertificate, aLook } from "../support/inventory-fixtures.ts";
import { anEndpoint } from "../support/renewal-fixtures.ts";

const limits = { handshakeEveryMs: 1, handshakeDeadlineMs: 3_000 };

/** Handshakes that hang until they are told to end. */
function hanging(): { probe: Probe; underWay: () => number; most: () => number; end: () => void } {
  const ended = Promise.withResolvers<void>();
  let [underWay, most] = [0, 0];
  const probe = async (endpoint: Endpoint) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await ended.promise;
    underWay -= 1;
    const seen = { endpoint: endpoint.id, at: 1, fingerprint: null, chain: [], problem: null, tookMs: 1 };
    return { observation: seen, chain: [] };
  };
  return { probe, underWay: () => underWay, most: () => most, end: () => ended.resolve() };
}

const three = ["a-1", "a-2", "a-3"].map((name) => anEndpoint(name));
const job = { generation: "r-abcd2345", endpoints: () => three, proof: nothingProven };

describe("the handshakes of a renewal", () => {
  test("those under way at the end are awaited and counted", async () => {
    const { probe, underWay, end } = hanging();
    const proving = startProving(probe, job, limits);
    const tried = underWay();
    expect(tried).toBe(three.length);
    const stopped = proving[Symbol.asyncDispose]();
    const first = await Promise.race([Promise.resolve(stopped).then(() => "stopped"), timer(100, "under way")]);
    expect(first).toBe("under way");
    end();
    await stopped;
    expect(proving.proof().tried).toBeGreaterThanOrEqual(tried);
    expect(underWay()).toBe(0);
  });

  test("those that hang do not pile up, and no instance takes another one's place", async () => {
    const { probe, underWay, most, end } = hanging();
    await using proving = startProving(probe, job, limits);
    const mostEach = Math.floor(64 / three.length);
    await expect.poll(underWay, { timeout: 20_000 }).toBe(mostEach * three.length);
    await proving.news(50, new AbortController().signal);
    expect(most()).toBe(mostEach * three.length);
    end();
  });

  test("one that hung where an instance was says nothing of where it is", async () => {
    const [left, there] = [anEndpoint("a-1", { port: 1 }), anEndpoint("a-1", { port: 2 })];
    const hung = Promise.withResolvers<void>();
    const leaf = aCertificate("leaf", { generation: job.generation });
    let at = 0;
    const probe: Probe = async (endpoint) => {
      const isThere = endpoint.port === there.port;
      if (!isThere) await hung.promise;
      const observation = aLook(endpoint.id, isThere ? leaf : null, { at: (at += 1) });
      return { observation, chain: isThere ? [leaf] : [] };
    };
    let listed = [left];
    await using proving = startProving(probe, { ...job, endpoints: () => listed }, limits);
    listed = [there];
    await expect.poll(() => proving.showing()).toEqual(new Set(["a-1"]));
    listed = [];
    await expect.poll(() => proving.showing()).toEqual(new Set());
    listed = [there];
    await expect.poll(() => proving.showing()).toEqual(new Set(["a-1"]));
    const failed = () => proving.proof().failed;
    let flickered = false;
    const news = proving
      .news(200, new AbortController().signal)
      .then(() => (flickered ||= proving.showing().size === 0));
    hung.resolve();
    await expect.poll(failed).toBeGreaterThan(0);
    await news;
    expect(flickered).toBe(false);
  });
});
