import { refuse, type Refusal } from "./refusal.ts";
import { onCall, type Rota } from "./rota.ts";

/** Whoever is one of these. */
export interface People {
  /** Slack user ids. */
  users: string[];
  /** Slack user group ids. */
  groups: string[];
  /** Of each the one who is on call. */
  rotas: Rota[];
}

/** These may decide, for so long. */
export interface Stage extends People {
  deadlineMs: number;
}

/** Who may ask and who decides, for a group of services. Its own people and deadline are its first stage. */
export interface ApprovalPolicy extends Stage {
  /** As certops.yaml calls it: the policy's name, or the role's where there is only that. */
  name: string;
  /** null: everybody may ask. */
  askers: People | null;
  /** How many different people have to approve. */
  needed: number;
  /** Whether the requester may be one of them. */
  requesterCounts: boolean;
  /** So long before a deadline those who are missing are reminded; null: they are not. */
  remindMs: number | null;
  /** Once a deadline has passed these may decide as well, one stage after another; after the last the request expires. */
  escalation: Stage[];
  /** So long after an approval its work may begin; after that it is void. */
  validMs: number;
  /** Who may let a request through alone, with a reason and a review afterwards; null: nobody. */
  breakGlass: People | null;
  /** What of renewals needs no person; null: each one does. */
  standing: Standing | null;
  /** What approving takes beside the click. */
  stepUp?: "passkey";
}

/** A renewal as people approved it before is approved by the policy itself, up to this lifetime. */
export interface Standing {
  longestMs: number;
  /** Whether certops asks by itself for what crossed a threshold of the notices and is served still. */
  unasked: boolean;
}

export const usuallyValidMs = 86_400_000;

/** One role decides, within one deadline: the short form. */
export function byRole(
  name: string,
  { deadlineMs, ...people }: Partial<People> & { deadlineMs: number },
): ApprovalPolicy {
  return {
    users: [],
    groups: [],
    rotas: [],
    ...people,
    deadlineMs,
    name,
    askers: null,
    needed: 1,
    requesterCounts: false,
    remindMs: null,
    escalation: [],
    validMs: usuallyValidMs,
    breakGlass: null,
    standing: null,
  };
}

/** Who may decide in a stage: its people, and those of every stage before. */
export function decidersAt(policy: ApprovalPolicy, stage: number): People {
  return together([policy, ...policy.escalation.slice(0, stage)]);
}

export function stageAt(policy: ApprovalPolicy, stage: number): Stage | null {
  return stage === 0 ? policy : (policy.escalation[stage - 1] ?? null);
}

function together(all: People[]): People {
  return {
    users: [...new Set(all.flatMap(({ users }) => users))],
    groups: [...new Set(all.flatMap(({ groups }) => groups))],
    rotas: [...new Map(all.flatMap(({ rotas }) => rotas.map((rota) => [rota.name, rota]))).values()],
  };
}

/** Somebody of whom it is asked whether they are one of these people. */
export interface Someone {
  user: string;
  /** Of which they are a member; null when the directory could not be read. */
  groups: string[] | null;
  now: number;
}

/** Whether somebody is one of them by name, or as the one who is on call. */
export const isNamed = ({ users, rotas }: People, { user, now }: Pick<Someone, "user" | "now">) =>
  users.includes(user) || rotas.some((rota) => onCall(rota, now) === user);

/** null: this person is one of them. `words`: ends of "You may not …" and of "nothing was …". */
export function notAmong(
  people: People,
  { user, groups, now, words }: Someone & { words: { mayNot: string; undone: string } },
): Refusal | null {
  if (isNamed(people, { user, now })) return null;
  if (groups === null && people.groups.length > 0) {
    return refuse(
      "directory-unavailable",
      `The members of the approvers' groups could not be read, so nothing was ${words.undone}.`,
      "Try again in a moment. If it stays so, look at the bot's log and its Slack scopes.",
    );
  }
  if (groups !== null && people.groups.some((group) => groups.includes(group))) return null;
  return refuse("not-approver", `You may not ${words.mayNot}.`, `Ask ${whoTheyAre(people, now)}.`);
}

/** For example `U0BEN or a member of S0PLATFORM`. */
export function whoTheyAre({ users, groups, rotas }: People, now: number): string {
  const all = [
    ...users,
    ...groups.map((group) => `a member of ${group}`),
    ...rotas.map((rota) => `${onCall(rota, now) ?? "nobody yet"} (on call, ${rota.name})`),
  ];
  return all.length === 0 ? "whoever keeps certops.yaml: its approval role names nobody" : all.join(" or ");
}
