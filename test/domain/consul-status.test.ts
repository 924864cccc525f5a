import { expect, test } from "vitest";
import { type AskedServer, judge } from "../../lab/stack/consul-status.ts";

/** Three servers by whom each takes for the leader: its number, "" for none, null where it does not answer. */
const asked = (...leaders: (1 | 2 | 3 | "" | null)[]): AskedServer[] =>
  leaders.map((leader, index) => ({
    name: `server-${index + 1}`,
    rpc: `127.0.0.1:${index + 1}`,
    leader: typeof leader === "number" ? `127.0.0.1:${leader}` : leader,
  }));

test.for([
  ["all answer and agree", asked(2, 2, 2), "server-2", null],
  ["one is gone", asked(2, 2, null), "server-2", "Consul's server-3 does not answer; the others go on."],
  [
    "the leader is gone and still believed in",
    asked(null, 1, 1),
    null,
    "Consul has no leader: its servers are about to elect one.",
  ],
  ["an election", asked("", "", ""), null, "Consul has no leader: its servers are about to elect one."],
  ["too few are left", asked("", null, null), null, "Consul has no leader: 1 of 3 servers answers."],
  ["none is left", asked(null, null, null), null, "Consul has no leader: none of 3 servers answer."],
] as const)("%s", ([, servers, leader, problem]) => {
  const status = judge([...servers], {});
  expect(status).toMatchObject({ leader, problem });
  expect(status.servers.filter((server) => server.leader).map(({ name }) => name)).toEqual(leader ? [leader] : []);
  expect(status.servers.map(({ alive }) => alive)).toEqual(servers.map((server) => server.leader !== null));
});

test("a client that does not answer is told of when the servers are well", () => {
  expect(judge(asked(1, 1, 1), null)).toMatchObject({ checks: {}, problem: "A client of Consul's does not answer." });
});
