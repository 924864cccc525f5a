import { healthAfter, type Server, type ServerHealth, type ServerNotice } from "../domain/server-watch.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { Failure } from "../errors.ts";
import type { Clock } from "./ports.ts";
import type { Commit, Notices } from "./store-ports.ts";
import { outageWatch } from "./watch-outage.ts";

export interface ServerWatchNeeds {
  /** Throws the Failure of a server that cannot be asked, or has no leader. */
  ask: () => Promise<void>;
  /** What was in the way the last time something was wanted of it; null: nothing. */
  problem: () => unknown;
  services: ReadonlyMap<string, Pick<ManagedService, "name" | "catalog" | "deployment">>;
  notices: Notices;
  clock: Clock;
}

/** Watches Consul or Nomad: one alert per outage, and one notice when it is over. Call `look` at a steady pace. */
export function serverWatch(needs: ServerWatchNeeds, server: Server): { look(): Promise<ServerHealth> } {
  const watch = outageWatch(needs);
  return {
    async look() {
      const health = healthAfter(await whatFails(needs));
      const { state, why } = health;
      await watch.looked(state === "ok", {
        name: server,
        began: async (since, now) =>
          commit({ ...noticeOf(needs, server), state: state === "ok" ? "down" : state, since, until: null, why }, now),
        ended: (since, now) => commit({ ...noticeOf(needs, server), state: "back", since, until: now, why: null }, now),
      });
      return health;
    },
  };
}

async function whatFails({ ask, problem }: ServerWatchNeeds): Promise<Pick<Failure, "code" | "message"> | null> {
  try {
    await ask();
  } catch (error) {
    return asFailure(error);
  }
  const last = problem();
  return last === null ? null : asFailure(last);
}

function asFailure(error: unknown): Pick<Failure, "code" | "message"> {
  if (error instanceof Failure) return error;
  return { code: "unexpected", message: error instanceof Error ? error.message : String(error) };
}

function noticeOf(
  { services }: ServerWatchNeeds,
  server: Server,
): Pick<ServerNotice, "type" | "server" | "listed" | "deployed"> {
  const all = [...services.values()];
  return {
    type: "server",
    server,
    listed: all.filter(({ catalog }) => catalog?.kind === server).map(({ name }) => name),
    deployed: all.filter(({ deployment }) => deployment.kind === server).map(({ name }) => name),
  };
}

function commit(notice: ServerNotice, at: number): Commit {
  const { server, state, since, why } = notice;
  const isBack = state === "back";
  return {
    audit: {
      at,
      actor: "certops",
      action: `${server}.${isBack ? "back" : "out"}`,
      subject: server,
      detail: { state, since, why },
    },
    outbox: [
      {
        key: `${server}:${since}:${isBack ? "back" : "out"}`,
        kind: isBack ? "notice" : "alert",
        subject: server,
        payload: { ...notice },
      },
    ],
  };
}
