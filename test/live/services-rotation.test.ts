import { expect, test } from "vitest";
import { curlLoop } from "../support/curl.ts";
import { missingCurl } from "../support/missing.ts";
import { load, rotating } from "../support/load.ts";
import { ServicePair, type Swaps } from "../support/service-pair.ts";

const minute = 60_000;

test("both services rotate every second for a minute under 32 workers and curl, and no request fails", async ({
  skip,
}) => {
  if (missingCurl) skip(missingCurl);
  await using pair = await ServicePair.start({ STEADY: "10" });
  const visitor = await pair.pki.leaf("visitor.example.com");
  await pair.folder.replace("visitor.pem", visitor.identity);
  const curl = (side: "a" | "b", fresh: boolean) => curlLoop(pair, side, pair.folder.at("visitor.pem"), fresh, stop);

  const stop = AbortSignal.timeout(minute);
  // As fast as they can, they would leave no processor to whatever else is tested meanwhile.
  const workers = { workers: 16, everyMs: 400 };
  const [givenA, givenB, ofA, ofB, ...curls] = await Promise.all([
    rotating(pair, "a", 1_000, stop),
    rotating(pair, "b", 1_000, stop),
    load(pair, "a", visitor, workers, stop),
    load(pair, "b", visitor, workers, stop),
    curl("a", true),
    curl("a", false),
    curl("b", true),
    curl("b", false),
  ]);

  for (const { fresh, kept } of [ofA, ofB]) {
    expect(fresh.failures).toEqual({});
    expect(kept.failures).toEqual({});
    expect(fresh.requests).toBeGreaterThan(100);
    expect(kept.requests).toBeGreaterThan(100);
    // The rotations ended the kept connections, or they would be those of the beginning.
    expect(kept.handshakes).toBeGreaterThan(40);
  }
  for (const { failures, requests } of curls) {
    expect(failures).toEqual({});
    expect(requests).toBeGreaterThan(100);
  }
  for (const [side, given] of [["a", givenA] as const, ["b", givenB] as const]) {
    const { fresh, kept, rotations } = await pair.traffic(side);
    expect(rotations).toBe(given);
    // Their own clients give up after three seconds: on a machine that tests something else besides, that tells of the machine.
    for (const { causes } of [fresh, kept]) expect({ ...causes, TIMEOUT: 0 }).toEqual({ TIMEOUT: 0 });
    expect(Math.min(fresh.ok, kept.ok)).toBeGreaterThan(100);
    const { swaps } = await pair.process(side).admin<Swaps>("/swaps");
    expect(swaps.filter(({ outcome }) => outcome === "refused")).toEqual([]);
    expect(new Set(swaps.map(({ serial }) => serial)).size).toBe(swaps.length);
  }
}, 120_000);
