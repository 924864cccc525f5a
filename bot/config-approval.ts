import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigFile } from "./config-schema.ts";
import { type ApprovalPolicy, byRole, type People } from "./domain/approval-policy.ts";
import { tellDuration } from "./domain/duration.ts";
import { nearest } from "./domain/nearest.ts";
import type { Rota } from "./domain/rota.ts";

type ApprovalFile = ConfigFile["services"][string]["approval"];
type PolicyFile = ConfigFile["policies"][string];
type Path = ConfigProblem["path"];

/** Whoever decides has to be found: by a policy, or by a role and a deadline. `path`: where it is said. */
export function checkApproval(
  file: ConfigFile,
  { policy, role, deadline, stepUp }: ApprovalFile,
  path: Path,
): ConfigProblem[] {
  if (policy !== undefined) {
    return [
      ...(role === undefined && deadline === undefined
        ? []
        : [{ path, sentence: "expected either a policy, or a role and a deadline" }]),
      ...(stepUp === undefined
        ? []
        : [{ path: [...path, "stepUp"], sentence: "the policy says what approving takes, expected it there" }]),
      ...checkName(file, "policies", policy, [...path, "policy"]),
    ];
  }
  if (role === undefined || deadline === undefined) {
    return [{ path, sentence: "expected a role and a deadline, or a policy" }];
  }
  return checkName(file, "roles", role, [...path, "role"]);
}

/** What the shape of `roles`, `rotas` and `policies` alone cannot tell. */
export function checkPolicies(file: ConfigFile): ConfigProblem[] {
  const roles = Object.entries(file.roles).flatMap(([name, { users, groups, rotas }]) => [
    ...(users.length + groups.length + rotas.length === 0
      ? [{ path: ["roles", name], sentence: "nobody has this role, expected a user, a group or a rota" }]
      : []),
    ...rotas.flatMap((rota, index) => checkName(file, "rotas", rota, ["roles", name, "rotas", index])),
  ]);
  const policies = Object.entries(file.policies).flatMap(([name, policy]) =>
    checkPolicy(file, policy).map(({ path, sentence }) => ({ path: ["policies", name, ...path], sentence })),
  );
  return [...roles, ...policies];
}

function checkPolicy(file: ConfigFile, policy: PolicyFile): ConfigProblem[] {
  const { ask, approve, breakGlass, escalate, remind, deadline, standing, stepUp } = policy;
  const named: [Path, string | undefined][] = [
    [["ask"], ask],
    [["approve"], approve],
    [["breakGlass"], breakGlass],
    ...escalate.map(({ role }, index): [Path, string] => [["escalate", index, "role"], role]),
  ];
  const strangers = named.flatMap(([path, role]) => (role === undefined ? [] : checkName(file, "roles", role, path)));
  if (strangers.length > 0) return strangers;
  const shortest = Math.min(deadline, ...escalate.map((stage) => stage.deadline));
  return [
    ...(remind !== undefined && remind >= shortest
      ? [
          {
            path: ["remind"],
            sentence: `it is before each deadline, expected less than the shortest: ${tellDuration(shortest)}`,
          },
        ]
      : []),
    ...(standing !== undefined && stepUp !== undefined
      ? [
          {
            path: ["standing"],
            sentence: `it approves without a person, and stepUp takes a person's ${stepUp}: expected one of the two`,
          },
        ]
      : []),
    ...(standing?.unasked === true && file.expiring.notices.length === 0
      ? [
          {
            path: ["standing", "unasked"],
            sentence: "it begins at a threshold of expiring.notices, and there is none: expected one there",
          },
        ]
      : []),
    ...checkEnough(file, policy),
  ];
}

/** Of a group nobody knows here how many are in it; where all are named, they can be counted. */
function checkEnough(file: ConfigFile, { approve, approvers, escalate }: PolicyFile): ConfigProblem[] {
  const stages = [approve, ...escalate.map(({ role }) => role)].map((role) => peopleOf(file, role));
  if (stages.some(({ groups, rotas }) => groups.length + rotas.length > 0)) return [];
  const count = new Set(stages.flatMap(({ users }) => users)).size;
  if (count >= approvers) return [];
  return [{ path: ["approvers"], sentence: `it takes ${approvers}, and there are ${count} who may approve` }];
}

/** Who decides, as it is said there. */
export function approvalBy(
  file: ConfigFile,
  { policy: name, role = "", deadline = 0, stepUp }: ApprovalFile,
): ApprovalPolicy {
  const policy = name === undefined ? undefined : file.policies[name];
  if (name === undefined || policy === undefined) {
    return { ...byRole(role, { ...peopleOf(file, role), deadlineMs: deadline }), ...(stepUp && { stepUp }) };
  }
  const people = (one: string | undefined) => (one === undefined ? null : peopleOf(file, one));
  return {
    ...peopleOf(file, policy.approve),
    deadlineMs: policy.deadline,
    name,
    askers: people(policy.ask),
    needed: policy.approvers,
    requesterCounts: policy.requesterCounts,
    remindMs: policy.remind ?? null,
    escalation: policy.escalate.map((stage) => ({ ...peopleOf(file, stage.role), deadlineMs: stage.deadline })),
    validMs: policy.valid,
    breakGlass: people(policy.breakGlass),
    standing:
      policy.standing === undefined ? null : { longestMs: policy.standing.longest, unasked: policy.standing.unasked },
    ...(policy.stepUp && { stepUp: policy.stepUp }),
  };
}

function peopleOf(file: ConfigFile, role: string): People {
  const { users = [], groups = [], rotas = [] } = file.roles[role] ?? {};
  return { users, groups, rotas: rotas.flatMap((name) => rotaOf(file, name)) };
}

function rotaOf({ rotas }: ConfigFile, name: string): Rota[] {
  const rota = rotas[name];
  if (rota === undefined) return [];
  const { people, start, timezone, turn } = rota;
  return [{ name, people, start, timezone, days: turn }];
}

const one = { roles: "role", rotas: "rota", policies: "policy" } as const;

/** `path`: where it is named. */
function checkName(file: ConfigFile, section: keyof typeof one, name: string, path: Path): ConfigProblem[] {
  const known = Object.keys(file[section]);
  if (known.includes(name)) return [];
  const meant = nearest(name, known);
  const hint = meant === null ? `${section} has ${known.join(", ") || "none"}` : `did you mean ${meant}?`;
  return [{ path, sentence: `no ${one[section]} ${name} under ${section}: ${hint}` }];
}
