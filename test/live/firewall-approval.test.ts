import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signingKey } from "../../bot/adapters/firewall/signing-key.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { encoded, sealedKeys, sealIn, signatureKey } from "../../bot/domain/firewall/sealed-keys.ts";
import {
  appToBackup,
  appToDatabase,
  DATABASE,
  FirewallWorld,
  PORT,
  services,
} from "../support/firewall-module-world.ts";
import { missingNetwork } from "../support/network.ts";
import { type NftWatch, watchNft } from "../support/nft-watch.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const missing = missingNetwork();
const owned = new AsyncDisposableStack();
let world: FirewallWorld;
let nft: NftWatch;
let revision = 0;

beforeAll(async () => {
  if (missing !== null) return;
  world = owned.use(await FirewallWorld.create());
  nft = owned.use(await watchNft(world.network.enter("router")));
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

describe("what was not approved", () => {
  const evil: FirewallRule = { ...appToDatabase, from: { cidrs: ["0.0.0.0/0"] } };

  beforeEach(() => world.enforce({ "app-db": appToDatabase }, { services, revision: (revision += 1) }));

  /** What the run says that changes nothing. */
  async function refusal(): Promise<string> {
    const before = await world.ruleset();
    const watched = await nft.seen();
    const { code, output } = await world.firewall.apply();
    expect(code).toBe(1);
    expect(await world.ruleset()).toBe(before);
    expect(doneTo("certops", (await nft.seen()).slice(watched.length))).toEqual([]);
    expect(await world.outsider.reach(DATABASE, PORT)).toBe("silent");
    return output.replaceAll(/\s+/g, " ");
  }

  test.for([
    ["a rule beside the approved ones", "evil", encoded(evil)],
    ["an approved rule, altered", "app-db", encoded(evil)],
    // CTS writes values as they are. This one ends its own text and goes on with an entry of its own, well-formed.
    [
      "a rule smuggled in by a value",
      "app-db",
      `${encoded(appToDatabase)}"\n  "firewall/rules/evil" = "${encoded(evil)}`,
    ],
  ] as const)("%s", async ([, id, value]) => {
    const approved = world.signed({ "app-db": appToDatabase }, { services, revision });
    world.firewall.write({ ...approved, [`firewall/rules/${id}`]: value }, services);
    expect(await refusal()).toMatch(
      /not the rules and addresses that were approved: sealed [0-9a-f]{64}, found [0-9a-f]{64}\. Nothing was changed\./,
    );
  });

  test("an address that has moved", async () => {
    world.firewall.write(world.signed({ "app-db": appToDatabase }, { services }), {
      database: [DATABASE, "10.81.3.2"],
    });
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });

  test("rules without a seal", async () => {
    const { "firewall/seal": _, ...unsealed } = world.signed({ "app-db": appToDatabase }, { services });
    world.firewall.write(unsealed, services);
    expect(await refusal()).toContain("not the rules and addresses that were approved");
  });

  describe("under a seal that fits", () => {
    /** Another revision than the one that stands, so that there is something to apply. */
    const forged = () => sealedKeys({ "app-db": appToDatabase, evil }, { services, revision: revision + 1 });
    const forOthers = temporaryFolder();
    afterAll(() => forOthers[Symbol.dispose]());

    test("and no signature: a draft, or a seal that somebody else made", async () => {
      world.firewall.write(forged(), services);
      expect(await refusal()).toContain("Refused: these rules are not signed, they are a draft. Nothing was changed.");
    });

    test.for<[string, () => string]>([
      [
        "the signature of what was approved before",
        () => world.signed({ "app-db": appToDatabase }, { services, revision })[signatureKey] ?? "",
      ],
      [
        "a signature by another key",
        () => signingKey(forOthers.path).sign(sealIn(forged()) ?? { revision: 0, digest: "" }),
      ],
      [
        "the signature of the same rules at another revision",
        () => world.signed({ "app-db": appToDatabase, evil }, { services, revision })[signatureKey] ?? "",
      ],
      ["what is no signature", () => Buffer.from("let me in").toString("base64")],
    ])("and %s", async ([, signature]) => {
      world.firewall.write({ ...forged(), [signatureKey]: signature() }, services);
      expect(await refusal()).toContain(
        `Refused: revision ${revision + 1} is not signed by the key of this task. Nothing was changed.`,
      );
      revision += 1;
    });

    test("and what would be code in place of a signature", async () => {
      world.firewall.write({ ...forged(), [signatureKey]: "$(id);`id`" }, services);
      expect(await refusal()).toContain("Refused: these rules are not signed");
    });

    test("that takes a rule away: what closes has to be signed as well, and so has nothing at all", async () => {
      const fewer = sealedKeys({}, { revision: revision + 1 });
      for (const keys of [fewer, {}]) {
        world.firewall.write(keys, services);
        expect(await refusal()).toContain("Refused: these rules are not signed");
      }
      expect(await world.app.reach(DATABASE, PORT)).toBe("open");
    });
  });

  const reborn =
    "delete table inet certops; add table inet certops; add chain inet certops forward { type filter hook forward priority filter; policy drop; }";

  test.for([
    ["", ""],
    [", though the router was started anew meanwhile", reborn],
  ])(
    "what was approved before and has been replaced since, under the signature that it had%s",
    async ([, meanwhile]) => {
      const older = world.signed({ "app-db": appToDatabase, backup: appToBackup }, { services, revision });
      await world.enforce({ "app-db": appToDatabase }, { services, revision: (revision += 1) });
      if (meanwhile) await world.network.in("router", ["nft", meanwhile]);
      world.firewall.write(older, services);
      const told = `Refused: revision ${revision - 1} is older than revision ${revision}, which was put into force already.`;
      expect(await refusal()).toContain(told);
      expect(await world.app.reach(DATABASE, 7000)).toBe("silent");
    },
  );

  test("a run of an older approval that was overtaken while it worked", async () => {
    const slow = world.signed({ "app-db": appToDatabase, backup: appToBackup }, { services, revision: revision + 1 });
    world.firewall.write(slow, services);
    // Its script has read the table, and another run ends before nft is told.
    const quicker = `add set inet certops revision-${revision + 2} { type mark; }; delete set inet certops revision-${revision}`;
    using programs = temporaryFolder();
    await writeFile(
      programs.file("nft"),
      `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nif [ "$1" = -f ]; then nft '${quicker}'; fi\nexec nft "$@"\n`,
      { mode: 0o755 },
    );
    const { code, output } = await world.firewall.apply({ programs: programs.path });
    expect(code).toBe(1);
    expect(output).toContain(`delete set inet certops revision-${revision}`);
    expect(await world.ruleset()).not.toContain("backup");
    revision += 2;
  });
});

/** What was done to that table: nothing, where it was only listed. */
const doneTo = (table: string, watched: string) =>
  watched.split("\n").filter((line) => line.includes(` inet ${table}`));
