import type { RequestListener } from "node:http";
import { expect, onTestFinished } from "vitest";
import { keptPasskeys } from "../../bot/adapters/store/passkeys.ts";
import { randomToken } from "../../bot/adapters/random-token.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { webauthn } from "../../bot/adapters/webauthn.ts";
import { type ApprovalPolicy, byRole } from "../../bot/domain/approval-policy.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import type { Verdict } from "../../bot/domain/approval.ts";
import { type Passkey, type PasskeyPolicy, rpIdOf } from "../../bot/domain/passkey.ts";
import { isRefusal, type Refusal } from "../../bot/domain/refusal.ts";
import { openHttp } from "../../bot/http.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { passkeyPages } from "../../bot/web/passkey-pages.ts";
import type { Answer, Ended, Seen } from "../../bot/web/wire.ts";
import { Authenticator } from "./authenticator.ts";
import { aCommit, aRequest, aService, aStore, t0 } from "./renewal-fixtures.ts";

const members: Record<string, string[]> = { U0BEN: ["S0PLATFORM"], U0CHEN: ["S0PLATFORM"] };

export interface PasskeyWorld {
  store: Store;
  needs: Parameters<typeof passkeyPages>[0] & { services: Map<string, ManagedService> };
  origin: string;
  /** Milliseconds since the epoch; the world's own. */
  clock: { now: number };
  /** Takes Slack's deliveries at the same port; null: nobody does. */
  slack: RequestListener | null;
  /** Opens a renewal that takes a passkey to approve. */
  propose(id?: string): Promise<string>;
  /** Gives somebody a passkey as if it had been enrolled. */
  give(user: string, authenticator?: Authenticator): Promise<{ authenticator: Authenticator; passkey: Passkey }>;
  click(id: string, user: string, verdict?: Verdict, reason?: string): ReturnType<typeof settleClick>;
  /** Clicks Approve where nothing else is said, and gives the token of the link that is the answer. */
  link(id: string, user: string, verdict?: Verdict): Promise<string>;
  /** Calls the page's API as the page does; `origin`: as some other page. */
  call<T>(path: "open" | "confirm" | "enrol", body: object, origin?: string): Promise<Answer<T>>;
  /** Opens a link and has the authenticator sign for it. */
  sign(
    token: string,
    authenticator: Authenticator,
    changes?: Partial<Parameters<Authenticator["sign"]>[0]>,
  ): Promise<object>;
  /** The same, and sends it. */
  confirm(token: string, authenticator: Authenticator): Promise<Answer<Ended>>;
  actions(id: string): Promise<string[]>;
}

/**
 * The bot's page before a real store, on a real port: service-a's renewals take a passkey. ben and chen may approve.
 * `changes`: of the policy for service-a.
 */
export async function aPasskeyWorld(now = t0 + 1_000, changes: Partial<ApprovalPolicy> = {}): Promise<PasskeyWorld> {
  const clock = { now };
  const store = await aStore(() => clock.now);
  const http = await openHttp({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => http[Symbol.asyncDispose]());
  const origin = `http://localhost:${http.port}`;
  const approval = byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 });
  const policy: PasskeyPolicy = { approval, origin };
  const kept = keptPasskeys(store.db.withTables());
  const needs = {
    ...store,
    passkeys: { policy, kept, ceremony: webauthn, newToken: randomToken },
    services: new Map([["service-a", aService({ approval: { ...approval, stepUp: "passkey", ...changes } })]]),
    mesh: null,
    firewall: null,
    clock: () => clock.now,
    groupsOf: async (user: string) => members[user] ?? [],
    namesOf: async () => new Map<string, string>() as ReadonlyMap<string, string>,
    newId: () => requestId("enrolment"),
    track: <T>(work: Promise<T>) => work,
    onProblem: (error: unknown) => {
      throw error;
    },
  };
  http.serve({
    health: async () => ({ status: "ok" }),
    metrics: async () => "",
    slack: () => world.slack,
    passkeys: passkeyPages(needs),
  });

  const world: PasskeyWorld = {
    store,
    needs,
    origin,
    clock,
    slack: null,
    async propose(id = "r-abcd2345") {
      const service = needs.services.get("service-a");
      const request = aRequest({ id }, service);
      if (!(await store.requests.open(request, aCommit("opened", id)))) throw new Error(`${id} could not be opened`);
      return id;
    },
    async give(user, authenticator = new Authenticator()) {
      const challenge = Buffer.alloc(32);
      const made = await webauthn.made(authenticator.make({ origin, challenge: challenge.toString("base64url") }), {
        challenge,
        origin,
      });
      if (isRefusal(made)) throw new Error(made.message);
      const passkey: Passkey = {
        ...made,
        user,
        rpId: rpIdOf(origin),
        enrolledAt: clock.now,
        enrolledBy: "operator:test",
        usedAt: null,
        withdrawnAt: null,
        withdrawnBy: null,
      };
      const audit = { at: clock.now, actor: "operator:test", action: "passkey.first", subject: user, detail: {} };
      await kept.add(passkey, { audit, outbox: [] });
      return { authenticator, passkey };
    },
    click: (id, user, verdict = "approve", reason = "because") => settleClick(needs, { id, user, verdict, reason }),
    async link(id, user, verdict) {
      const answer = await world.click(id, user, verdict);
      if (isRefusal(answer) || !("stepUp" in answer)) throw new Error(`no link: ${JSON.stringify(answer)}`);
      return tokenOf(answer.stepUp.url);
    },
    async call(path, body, from = origin) {
      const headers = { "content-type": "application/json", origin: from };
      const asked = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch(`http://127.0.0.1:${http.port}/passkey/v1/${path}`, asked)).json() as never;
    },
    async sign(token, authenticator, changes = {}) {
      const seen = await world.call<Seen>("open", { token });
      if (!seen.ok) throw new Error(seen.message);
      const { challenge } = seen.options as { challenge: string };
      return authenticator.sign({ origin, challenge, ...changes });
    },
    async confirm(token, authenticator) {
      return world.call<Ended>("confirm", { token, response: await world.sign(token, authenticator) });
    },
    actions: async (id) => (await store.audit.about(id)).map(({ action }) => action),
  };
  return world;
}

/** ben has a passkey, ana asked for a renewal, and ben clicked: the token of the link he was given. */
export async function benClicked() {
  const world = await aPasskeyWorld();
  const { authenticator, passkey } = await world.give("U0BEN");
  const id = await world.propose();
  return { world, authenticator, passkey, id, token: await world.link(id, "U0BEN") };
}

/** Nothing was decided, and nothing is to be done. */
export async function undecided({ store, clock }: PasskeyWorld, id: string): Promise<void> {
  expect(await store.requests.find(id)).toMatchObject({ state: "pending" });
  expect(await store.jobs.claim("bot", clock.now, 1_000)).toBeNull();
}

export const tokenOf = (url: string): string => new URL(url).hash.slice(1);

/** What a link's maker answered, which was no refusal. */
export function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.message);
  return answer;
}
