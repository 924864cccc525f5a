import { z } from "zod";
import { listingOf } from "../../domain/catalog.ts";
import type { Catalog } from "../../operations/ports.ts";
import { parsed } from "../token-api.ts";
import { type NomadClient, nomadSystem } from "./client.ts";

/** Nomad answers up to a sixteenth later than it was asked to. */
const deadlineOf = (waitMs: number) => Math.ceil(waitMs * (17 / 16)) + 1_000;

/** https://developer.hashicorp.com/nomad/api-docs/services#read-service */
const registrations = z.array(
  z.object({ Address: z.string(), Port: z.int(), Tags: z.array(z.string()).nullable(), CreateIndex: z.int() }),
);

/**
 * Nomad's own service registrations by blocking queries. `waitMs`: as long as one question waits; that Nomad is gone
 * without a word is noticed a little after it.
 */
export function nomadCatalog(nomad: Pick<NomadClient, "get">, waitMs = 10_000): Catalog {
  return {
    async listed({ service, tag }, after, signal) {
      const path = `/v1/service/${encodeURIComponent(service)}`;
      const query = new URLSearchParams({ index: String(after ?? 0), wait: `${waitMs}ms` });
      const reply = await nomad.get(`${path}?${query}`, { deadlineMs: deadlineOf(waitMs), signal });
      const found = reply === null ? [] : parsed(nomadSystem, registrations, reply, `service/${service}`);
      const listing = listingOf(
        found.map(({ Address, Port, Tags, CreateIndex }) => ({
          tags: Tags ?? [],
          host: Address,
          port: Port,
          registered: CreateIndex,
        })),
        tag,
      );
      return { listing, index: reply?.index ?? 0 };
    },
  };
}
