import { z } from "zod";
import type { Intention, Pair } from "../../domain/intention.ts";
import type { Intentions } from "../../operations/ports.ts";
import type { ConsulClient } from "./client.ts";

// https://developer.hashicorp.com/consul/docs/connect/config-entries/service-intentions

const kind = "service-intentions";

/** Loose, and without defaults: what certops does not know or does not mean is written back as it was. */
const sourceShape = z.looseObject({
  Name: z.string(),
  /** Missing where permissions stand in its place. */
  Action: z.enum(["allow", "deny"]).optional(),
  Description: z.string().optional(),
  // Of another cluster: not the service of that name that certops means.
  Peer: z.string().optional(),
  SamenessGroup: z.string().optional(),
});

const entryShape = z.looseObject({
  Kind: z.literal(kind),
  Name: z.string(),
  Sources: z.array(sourceShape),
  ModifyIndex: z.int(),
});

type Entry = z.infer<typeof entryShape>;
type Source = z.infer<typeof sourceShape>;

/** Each destination's config entry holds the intentions of all its sources, and changes by compare-and-set as a whole. */
export function intentions(consul: ConsulClient): Intentions {
  const entryOf = (destination: string) =>
    consul.get(`/v1/config/${kind}/${encodeURIComponent(destination)}`, entryShape);

  return {
    async list() {
      const entries = await consul.get(`/v1/config/${kind}`, z.array(entryShape));
      return (entries ?? []).flatMap(intentionsIn);
    },

    async read(destination) {
      const entry = await entryOf(destination);
      return { version: entry?.ModifyIndex ?? 0, intentions: entry === null ? [] : intentionsIn(entry) };
    },

    async write(intention, version) {
      const entry = await entryOf(intention.destination);
      if ((entry?.ModifyIndex ?? 0) !== version) return false;
      return consul.put(`/v1/config?cas=${version}`, withIntention(entry, intention), z.boolean());
    },

    async allows({ source, destination }: Pair) {
      const query = new URLSearchParams({ source, destination });
      const path = `/v1/connect/intentions/check?${query}`;
      const answer = await consul.get(path, z.object({ Allowed: z.boolean() }));
      return answer?.Allowed ?? false;
    },
  };
}

const isLocal = ({ Peer, SamenessGroup }: Source) => !Peer && !SamenessGroup;

function intentionsIn({ Name, Sources }: Entry): Intention[] {
  return Sources.filter(isLocal).map((source) => ({
    source: source.Name,
    destination: Name,
    action: source.Action ?? "permissions",
    description: source.Description ?? "",
  }));
}

/** The entry as it is but for this one source; a new source comes last, which its precedence does not mind. */
function withIntention(entry: Entry | null, { source, destination, action, description }: Intention): object {
  // Indexes and the hash are Consul's own; the hash is longer than JavaScript's numbers besides.
  const theirs = new Set(["CreateIndex", "ModifyIndex", "Hash"]);
  const rest = Object.fromEntries(Object.entries(entry ?? {}).filter(([key]) => !theirs.has(key)));
  const set = { Name: source, Action: action, Description: description };
  const sources = entry?.Sources ?? [];
  const isIt = (one: Source) => isLocal(one) && one.Name === source;
  return {
    ...rest,
    Kind: kind,
    Name: destination,
    Sources: sources.some(isIt) ? sources.map((one) => (isIt(one) ? { ...one, ...set } : one)) : [...sources, set],
  };
}
