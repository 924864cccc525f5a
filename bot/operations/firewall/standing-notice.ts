import type { FirewallNotice } from "../../domain/firewall/notices.ts";
import type { Clock } from "../ports.ts";
import type { Commit, Notices } from "../store-ports.ts";

export interface StandingNoticeNeeds {
  notices: Notices;
  clock: Clock;
}

interface Kind {
  /** Of the notice in the store. */
  name: string;
  /** In the audit log: `<action>-met`, and with this word in place of `met` when it is over. */
  action: string;
  over: string;
  /** What its messages are about: they stay in order. */
  subject: string;
}

/** Something that is told as an alert when it is met, and as a notice when it is over: once each, however often it is seen. */
export function standingNotice({ name, action, over, subject }: Kind) {
  const commit = ({ notice, detail }: Told, step: string, { at, since }: { at: number; since: number }): Commit => ({
    audit: { at, actor: "certops", action: `${action}-${step}`, subject: "firewall", detail },
    outbox: [
      {
        key: `${name}:${since}:${step}`,
        kind: step === over ? "notice" : "alert",
        subject,
        payload: { ...notice },
      },
    ],
  });
  return {
    isTold: async ({ notices }: Pick<StandingNoticeNeeds, "notices">) => (await notices.since(name)) !== null,

    async meet({ notices, clock }: StandingNoticeNeeds, told: Told): Promise<void> {
      if ((await notices.since(name)) !== null) return;
      const at = clock();
      await notices.raise(name, at, commit(told, "met", { at, since: at }));
    },

    /** `told`: by when it is over. */
    async settle({ notices, clock }: StandingNoticeNeeds, told: (at: number) => Told): Promise<void> {
      const since = await notices.since(name);
      if (since === null) return;
      const at = clock();
      await notices.settle(name, commit(told(at), over, { at, since }));
    },
  };
}

interface Told {
  notice: FirewallNotice;
  /** For the audit log. */
  detail: Record<string, unknown>;
}
