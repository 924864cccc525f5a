import { describe, expect, test } from "vitest";
import { parseCidr } from "../../bot/domain/firewall/cidr.ts";
import { parseRequest } from "../../bot/domain/firewall/parse-request.ts";
import { parsePorts, parseValid, readWish } from "../../bot/domain/firewall/wish.ts";
import { dayMs, someFields } from "../support/firewall-fixtures.ts";

const words = (line: string) => line.split(/\s+/).filter(Boolean);
const typed = (line: string) => parseRequest(words(line));

describe("a request in one line", () => {
  test.each([
    ["service-a service-b tcp/8443 90d the nightly export", { valid: "90d" }],
    ["service-a service-b tcp/8443 the nightly export", {}],
    ["service-a → service-b tcp/8443 the nightly export", {}],
    ["service-a -> service-b tcp 8443 the nightly export", {}],
    ["service-a service-b tcp/8443 the nightly export forever", { valid: "forever" }],
    ["service-a service-b tcp/8443 forever the nightly export", { valid: "forever" }],
    ["service-a service-b tcp/8443 2026-12-31 the nightly export", { valid: "2026-12-31" }],
    ["service-a service-b tcp/8443 until=2026-12-31 the nightly export", { valid: "2026-12-31" }],
    [
      "owner=@ana service-a service-b from=2026-12-01 tcp/8443 90d ticket=OPS-1 the nightly export",
      { valid: "90d", owner: "@ana", start: "2026-12-01", ticket: "OPS-1" },
    ],
  ])("%s", (line, said) => {
    expect(typed(line)).toEqual(someFields(said));
  });

  test("a word like forever, or with an =, in the midst of a reason is a word of the reason", () => {
    expect(typed("a b 22 it was broken forever until x=1 came")).toMatchObject({
      valid: "",
      reason: "it was broken forever until x=1 came",
    });
  });

  test.each([
    ["a b 22 90d why forever", "It is said twice how long: 90d and forever."],
    ["a b 22 until=2026-12-31 why forever", "It is said twice how long: 2026-12-31 and forever."],
    ["a b 22 why owner=x owner=y", "owner= is said twice."],
  ])("%s is refused", (line, message) => {
    expect(typed(line)).toMatchObject({ code: "said-twice", message });
  });
});

describe("what was written", () => {
  test("is understood", () => {
    expect(readWish(someFields({ valid: "90d", start: "2026-12-01", owner: "<@U0BEN|ben>", ticket: "#4711" }))).toEqual(
      {
        from: "service-a",
        to: "service-b",
        protocol: "tcp",
        ports: { first: 8443, last: 8443 },
        valid: { forMs: 90 * dayMs },
        startsAt: Date.UTC(2026, 11, 1),
        owner: "U0BEN",
        ticket: "#4711",
        reason: "the nightly export",
      },
    );
  });

  test("everything that is wrong is told at once, each at its field", () => {
    const nothing = someFields({ from: "", to: " ", ports: "", valid: "soon", start: "monday", reason: "" });
    const refusals = readWish({ ...nothing, owner: "a b", ticket: "a b" });
    expect(Array.isArray(refusals) && refusals.map(({ field }) => field)).toEqual([
      "from",
      "to",
      "ports",
      "valid",
      "start",
      "owner",
      "ticket",
      "reason",
    ]);
  });

  test.each([
    ["tcp/8443", "tcp", 8443, 8443],
    ["8443/tcp", "tcp", 8443, 8443],
    ["8443", "tcp", 8443, 8443],
    ["UDP/53", "udp", 53, 53],
    ["tcp/8000-8010", "tcp", 8000, 8010],
    ["1-65535", "tcp", 1, 65_535],
  ])("the port %s", (text, protocol, first, last) => {
    expect(parsePorts(text)).toEqual({ protocol, ports: { first, last } });
  });

  test.each([
    ["tcp/0", "There is no port 0."],
    ["tcp/65536", "There is no port 65536."],
    ["tcp/9-8", "9-8 runs backwards."],
    ["icmp/8", "icmp cannot be opened."],
    ["tcp/8443/udp", "tcp/8443/udp is no port."],
    ["https", "https is no port."],
    ["-1", "-1 is no port."],
    ["8443,8444", "8443,8444 is no port."],
  ])("the port %s is refused: %s", (text, message) => {
    expect(parsePorts(text)).toMatchObject({ refused: true, message });
  });

  test("a day is its last, whole; what is no day is refused", () => {
    expect(parseValid("2026-12-31")).toEqual({ until: Date.UTC(2027, 0, 1) });
    expect(parseValid("2026-02-30")).toMatchObject({ code: "bad-validity" });
    expect(parseValid("12h")).toEqual({ forMs: dayMs / 2 });
  });
});

describe("addresses", () => {
  test.each([
    ["10.0.0.5", "10.0.0.5/32"],
    ["10.0.0.5/32", "10.0.0.5/32"],
    ["10.0.0.0/24", "10.0.0.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255", "255.255.255.255/32"],
  ])("%s", (text, cidr) => {
    expect(parseCidr(text)).toBe(cidr);
  });

  test.each(["10.0.0", "10.0.0.256", "10.0.0.05", "10.0.0.0/33", "10.0.0.0/08", "::1", "1.2.3.4/", "0x7f.0.0.1", ""])(
    "%s is refused",
    (text) => {
      expect(parseCidr(text)).toMatchObject({
        code: "bad-address",
        message: `${text} is no IPv4 address and no network.`,
      });
    },
  );

  test("a network with bits of a host is refused, and both that may be meant are named", () => {
    expect(parseCidr("10.0.0.5/24")).toMatchObject({
      message: "10.0.0.5/24 is not the address of a network.",
      hint: "Did you mean the network 10.0.0.0/24, or the host 10.0.0.5?",
    });
  });
});

/** What would mean something to HCL, nft, a shell, Slack or a key of Consul, each in a word of its own. */
const injections = [
  'x"',
  "${jsonencode(1)}",
  "%{if",
  "a;drop",
  "../seal",
  "a`id`",
  "$(id)",
  "{",
  "<!channel>",
  "a\\nb",
  "‮8443",
  "a\u0000b",
];

describe("injected values", () => {
  test.each(injections)("%j as a port, a span, a day, an owner or a ticket is refused in a sentence", (value) => {
    for (const field of ["ports", "valid", "start", "owner", "ticket"] as const) {
      const refusals = readWish(someFields({ [field]: value }));
      expect(refusals).toMatchObject([{ field, refused: true, message: expect.stringMatching(/\.$/) }]);
    }
  });

  test("a line end within a field is no way out of it", () => {
    expect(readWish(someFields({ ports: "tcp/8443\n22" }))).toMatchObject([{ field: "ports" }]);
    expect(readWish(someFields({ ticket: "OPS-1\nroot" }))).toMatchObject([{ field: "ticket" }]);
    expect(readWish(someFields({ reason: "one\ntwo ‮evil" }))).toMatchObject({ reason: "one two evil" });
  });

  test("a sentence repeats no more than a glimpse of what was written", () => {
    const refusals = readWish(someFields({ ports: "9".repeat(2_000) }));
    expect(Array.isArray(refusals) && refusals[0]?.message.length).toBeLessThan(100);
  });
});
