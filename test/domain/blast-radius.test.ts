import { expect, test } from "vitest";
import { type BlastRadius, blastRadiusOf, type PeersSeen } from "../../bot/domain/blast-radius.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const services = [{ name: "service-b", names: ["service-b.example.com"] }];
const calledBy = (...names: string[]): PeersSeen => ({
  callers: names.map((name) => ({ name, lastAt: t0 })),
  calls: [],
});

const look = (told: Record<string, PeersSeen | null>, last: BlastRadius | null, now = t0) =>
  blastRadiusOf({
    told: Object.entries(told).map(([endpoint, peers]) => ({ endpoint, peers })),
    last,
    declared: ["nightly"],
    services,
    own: ["certops"],
    now,
  });
const namesIn = ({ callers }: BlastRadius) => callers.map(({ name, how }) => `${name} ${how}`);

const both = look({ "a-1": calledBy("ledger", "certops"), "a-2": calledBy("service-b.example.com", "ledger") }, null);

test("callers are told by service, with which instances tell so, and without certops itself", () => {
  expect(both.callers).toEqual([
    { name: "ledger", how: "seen", by: ["a-1", "a-2"] },
    { name: "service-b", how: "seen", by: ["a-2"] },
    { name: "nightly", how: "declared" },
  ]);
});

test("whom only an instance knew that does not answer now is still told; not whom one that answers knows no more", () => {
  const one = look({ "a-1": calledBy("new.example.com"), "a-2": null }, both);
  expect(namesIn(one)).toEqual(["ledger seen", "new.example.com seen", "service-b seen", "nightly declared"]);
  expect(namesIn(look({ "a-1": calledBy(), "a-2": null }, one))).toEqual([
    "ledger seen",
    "service-b seen",
    "nightly declared",
  ]);
  expect(namesIn(look({ "a-1": calledBy(), "a-2": calledBy() }, one))).toEqual(["nightly declared"]);
});

test("all of it stands while none answers, and looks the same each time", () => {
  const none = look({ "a-1": null, "a-2": null }, both, t0 + 9 * day);
  expect(none).toEqual(both);
  expect(look({ "a-1": null, "a-2": null }, none)).toEqual(both);
});

test("of a notice from before anybody noted which instance told, nothing is lost while one is silent", () => {
  const before: BlastRadius = { callers: [{ name: "ledger", how: "seen" }], calls: [{ name: "bank", how: "seen" }] };
  const now = look({ "a-1": calledBy(), "a-2": null }, before);
  expect([namesIn(now), now.calls]).toEqual([
    ["ledger seen", "nightly declared"],
    [{ name: "bank", how: "seen", by: ["a-2"] }],
  ]);
});
