import { setTimeout as timer } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { nothingProven } from "../../bot/domain/rollout.ts";
import type { Probe } from "../../bot/operations/ports.ts";
import { startProving } from "../../bot/operations/prove-rollout.ts";
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
const job = { generation: "r-abcd2345", endpoints: three, proof: nothingProven };

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
    const mostEach = Math.floor(256 / three.length);
    await expect.poll(underWay, { timeout: 20_000 }).toBe(mostEach * three.length);
    await proving.news(50, new AbortController().signal);
    expect(most()).toBe(mostEach * three.length);
    end();
  });
});
