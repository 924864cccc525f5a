import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callPages, type FindInstances } from "../../bot/adapters/call-page.ts";
import { Failure } from "../../bot/errors.ts";
import { pair } from "../support/intention-fixtures.ts";

/** What the page says next; null: nothing at all. */
let page: { status: number; text: string } | null = null;
const server = createServer((_request, response) => {
  if (page !== null) response.writeHead(page.status).end(page.text);
});

beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const here = () => ({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
const nowhere: FindInstances = async () => [];
const call = (deadlineMs = 5_000) =>
  callPages(nowhere)({ ...pair, url: `http://127.0.0.1:${here().port}/` }, deadlineMs);

test.each([
  [200, "service-a called service-b.\nOutcome: answered\nRefused by: nobody\n", "answered"],
  [200, "Outcome: refused\nCause: the mesh\n", "refused"],
  [200, "Outcome: refused with HTTP 403\n", "refused"],
  [200, "the ledger says hello", "answered"],
  [204, "", "answered"],
  [502, "upstream connect error", "refused"],
  [403, "RBAC: access denied", "refused"],
])("a page of status %i that says %j tells of a call that was %s", async (status, text, outcome) => {
  page = { status, text };
  expect(await call()).toEqual({ outcome, why: null });
});

test("a page that says something else of its call tells nothing", async () => {
  page = { status: 200, text: "service-a called service-b.\nOutcome: not reached\n" };
  expect(await call()).toEqual({
    outcome: "unknown",
    why: "its page says service-a called service-b.\nOutcome: not reached",
  });
});

test("a page that does not answer, or is not there, tells nothing: it is no refused call", async () => {
  page = null;
  expect(await call(50)).toEqual({
    outcome: "unknown",
    why: "the page of service-a that makes the call did not answer in time.",
  });
  const away = await callPages(nowhere)({ ...pair, url: "http://127.0.0.1:9/" }, 1_000);
  expect(away).toEqual({ outcome: "unknown", why: "the page of service-a that makes the call cannot be reached." });
});

test("an instance is found by its tag, wherever it listens now", async () => {
  page = { status: 200, text: "Outcome: refused\n" };
  const asked: string[] = [];
  const find: FindInstances = async (service, tag) => {
    asked.push(`${service} ${tag}`);
    return [here()];
  };
  expect(await callPages(find)({ ...pair, tag: "mesh", path: "/w-mtls" }, 5_000)).toEqual({
    outcome: "refused",
    why: null,
  });
  expect(asked).toEqual(["service-a mesh"]);
});

test("no instance, and a catalog that does not say, tell nothing and say why", async () => {
  const probe = { ...pair, tag: "mesh", path: "/w-mtls" };
  expect(await callPages(nowhere)(probe, 1_000)).toEqual({
    outcome: "unknown",
    why: "Consul lists no instance of service-a with the tag mesh.",
  });
  const away: FindInstances = () => Promise.reject(new Failure("consul-down", "Consul is away.", "Start it."));
  expect(await callPages(away)(probe, 1_000)).toEqual({ outcome: "unknown", why: "Consul is away." });
});
