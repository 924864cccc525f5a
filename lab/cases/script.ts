import type { Refusal } from "../instances.ts";
import type { CaseName } from "./report.ts";

/** What a case may do to the lab. Everything it changes, it puts on `undo`, which is worked off in reverse order. */
export interface Stage {
  /**
   * Fetches a page of an instance of service-a, as a client from outside, until that instance called `reaching` for it.
   * `verify: false` is for a page whose own server certificate is what is broken.
   */
  visit(instance: string, path: string, how: { reaching: string; verify: boolean }): Promise<string>;
  /** Runs curl and resolves to what it printed, whatever came of it, and the port it called from. */
  curl(args: string[]): Promise<{ said: string; port: number | null }>;
  /** Gives an instance a leaf of three seconds while it is valid, and resolves once that is served and has expired. */
  serveExpired(instance: string, undo: AsyncDisposableStack): Promise<void>;
  /** Gives an instance another authority: its own certificate and the root it trusts. */
  serveOtherAuthority(instance: string, undo: AsyncDisposableStack): Promise<void>;
  /** host:port of an instance, and the name to verify. */
  addressOf(instance: string): { host: string; port: number; serverName: string };
  /** What to type to fetch a page of an instance. */
  curlLine(instance: string, path: string, how: { verify: boolean }): string;
}

/** What was seen of one call. */
export interface Seen {
  clientSaw: string;
  /** The client's end of the connection, by which the server lists a refusal. */
  port: number | null;
  /** What the called instance refused since the case began. */
  refusals: Refusal[];
}

export interface CaseScript {
  name: CaseName;
  title: string;
  /** The instance that is called; its refusals are what the server knew. */
  server: string;
  cause: string;
  fix: string;
  /**
   * The code under which the server writes this call down, and whether it must: a server whose client hung up may or may
   * not have noticed.
   */
  record: { code: string; certain: boolean } | null;
  command(stage: Stage): string;
  arrange?(stage: Stage, undo: AsyncDisposableStack): Promise<void>;
  call(stage: Stage): Promise<Pick<Seen, "clientSaw" | "port">>;
  /** Whether the client saw what this case is there to show. */
  expected(clientSaw: string): boolean;
}
