import { randomBytes } from "node:crypto";
import { hosts, networkOf } from "../../lab/firewall/zones.ts";
import type { LabStatus } from "../../lab/status.ts";
import type { FakeLab } from "./fake-lab.ts";

type Firewall = NonNullable<LabStatus["firewall"]>;
type Rule = NonNullable<Firewall["router"]["rules"]>[number];

const LEAF_MS = 120_000;

/** A firewall in a lab that runs nowhere: its router counts what the test lets pass. */
export interface FakeFirewall {
  status: Firewall;
  /** A rule stands in the router, and service-a's calls are answered where it is for them. */
  open(rule: Rule): void;
  /** The rule is taken out again, and service-a's calls fail. */
  close(id: string): void;
  /** So many packets more by that counter. */
  pass(counter: string, packets: number): void;
  /** service-a's next call. */
  call(outcome: "open" | "failed", cause?: string): void;
}

export const appToDatabase: Rule = {
  id: "f-4kq2zn7x",
  from: { service: "service-a", addresses: ["10.81.2.2"] },
  to: { service: "service-b", addresses: ["10.81.3.2"] },
  protocol: "tcp",
  ports: { first: 8443, last: 8443 },
};

const TIMEOUT = "Nothing answered in time: something on the way drops what we send (UND_ERR_CONNECT_TIMEOUT)";

/** Gives the lab hosts behind a closed router. */
export function withFirewall(lab: FakeLab, cts: Firewall["cts"]): FakeFirewall {
  const now = Date.now();
  const rules: Rule[] = [];
  const counters: NonNullable<Firewall["router"]["counters"]> = {
    dropped: { packets: 0, bytes: 0 },
    ended: { packets: 0, bytes: 0 },
  };
  const status: Firewall = {
    hosts: hosts.map(({ name, zone, net, addresses }, index) => ({
      name,
      zone,
      network: networkOf(net),
      addresses,
      pid: 5_000 + index,
    })),
    cts,
    services: [
      zoned("service-a", "a-app", "application", "10.81.2.2", 7443, now),
      zoned("service-b", "b-db", "database", "10.81.3.2", 8443, now),
    ],
    calls: [],
    router: { pid: 5_100, counters, rules },
  };
  const firewall: FakeFirewall = {
    status,
    open(rule) {
      rules.push(rule);
      counters[`rule-${rule.id}`] = { packets: 0, bytes: 0 };
      if (rule.id === appToDatabase.id) firewall.call("open");
    },
    close(id) {
      rules.splice(
        rules.findIndex((rule) => rule.id === id),
        1,
      );
      delete counters[`rule-${id}`];
      if (id === appToDatabase.id) firewall.call("failed");
    },
    pass(name, packets) {
      const { packets: before = 0, bytes = 0 } = counters[name] ?? {};
      counters[name] = { packets: before + packets, bytes: bytes + 60 * packets };
    },
    call(outcome, cause = TIMEOUT) {
      const told = outcome === "open" ? null : cause;
      status.calls = [{ from: "a-app", to: "10.81.3.2:8443", outcome, cause: told, at: Date.now() }];
    },
  };
  firewall.call("failed");
  lab.status.profile = ["firewall"];
  lab.status.firewall = status;
  lab.status.consul = {
    leader: "server-1",
    servers: [1, 2, 3].map((number) => ({ name: `server-${number}`, alive: true, leader: number === 1 })),
  };
  return firewall;
}

function zoned(
  service: string,
  instance: string,
  on: Firewall["services"][number]["on"],
  address: string,
  servesAt: number,
  now: number,
): Firewall["services"][number] {
  return {
    service,
    instance,
    host: "127.0.0.1",
    port: 19_100,
    serverName: `${service}.example.com`,
    on,
    address,
    servesAt,
    serial: (randomBytes(20).toString("hex").match(/../g) ?? []).join(":"),
    generation: "g0",
    notBefore: now - 30_000,
    notAfter: now + LEAF_MS,
    problem: null,
  };
}
