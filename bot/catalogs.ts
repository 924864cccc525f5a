import { endpointsOf, watchedIn } from "./domain/catalog.ts";
import type { Endpoint } from "./domain/endpoint.ts";
import type { Server } from "./domain/server-watch.ts";
import type { Logger } from "./log.ts";
import { followCatalog, type Followed, type FollowNeeds } from "./operations/follow-catalog.ts";
import { noteServedLate } from "./operations/note-served-late.ts";
import { observeNewcomers } from "./operations/observe-newcomers.ts";
import type { Parts } from "./parts.ts";

export interface Catalogs {
  /** What was in the way the last time that a catalog was asked, for any service; null: nothing. */
  problem(server: Server): unknown;
  /** Resolves when nothing is followed any more. */
  done: Promise<unknown>;
}

/** Follows whatever a catalog lists the instances of, also what is only watched, and looks at those that come at once. */
export function followCatalogs(parts: Parts, { signal, log }: { signal: AbortSignal; log: Logger }): Catalogs {
  const { services, watched, catalogs } = parts;
  const problems = new Map<string, { server: Server; problem: unknown }>();
  const greetings = new Set<Promise<void>>();

  const greet = async (came: Endpoint[]): Promise<void> => {
    await observeNewcomers(parts, came, parts.looking, signal);
    // One that somebody waited for may be among them.
    await noteServedLate(parts);
  };

  const follow = async <F extends Followed>(
    services: Map<string, F>,
    endpointsOf: FollowNeeds<F>["endpointsOf"],
    name: string,
  ): Promise<void> => {
    const server = services.get(name)?.catalog?.kind;
    const catalog = server && catalogs[server];
    if (!catalog) return;
    await followCatalog(
      {
        catalog,
        services,
        endpointsOf,
        onAnswer: (problem) => problems.set(name, { server, problem }),
        onUnnamed: (count) => log.warn({ service: name, count }, "listed without a tag instance=<name>: not followed"),
        onChange({ came, went }) {
          log.info({ service: name, came: came.map(at), went: went.map(at) }, "instances came or went");
          const greeting = greet(came)
            .catch((error: unknown) => log.error({ service: name, err: error }, "newcomers wait for the next round"))
            .finally(() => greetings.delete(greeting));
          greetings.add(greeting);
        },
      },
      name,
      signal,
    );
  };

  const followed = Promise.all([
    ...[...services.keys()].map((name) => follow(services, endpointsOf, name)),
    ...[...watched.keys()].map((name) => follow(watched, watchedIn, name)),
  ]);
  return {
    problem: (server) =>
      [...problems.values()].find((one) => one.server === server && one.problem !== null)?.problem ?? null,
    done: followed.then(() => Promise.all(greetings)),
  };
}

const at = ({ instance, host, port }: Endpoint) => `${instance} ${host}:${port}`;
