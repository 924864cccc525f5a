import { parseArgs } from "node:util";
import { expect, test } from "vitest";
import { chosenProfile, profileFlags, profileOptions } from "../../lab/commands/profile.ts";
import type { LabState } from "../../lab/state.ts";

const chosen = (flags: string[]) => {
  const options = Object.fromEntries(Object.entries(profileOptions).map(([name, { type }]) => [name, { type }]));
  return chosenProfile({ values: { ...parseArgs({ args: flags, options }).values }, argument: undefined });
};

test.for<[string[], ReturnType<typeof chosenProfile>]>([
  [[], {}],
  [["--nomad"], { nomad: true }],
  [["--connect"], { connect: "vault" }],
  [["--nomad", "--connect"], { nomad: true, connect: "vault" }],
  [["--connect", "--connect-ca", "built-in"], { connect: "built-in" }],
  [["--connect-ca", "built-in"], { connect: "built-in" }],
  [["--nomad", "--connect-ca", "vault"], { nomad: true, connect: "vault" }],
])("%j choose %j", ([flags, options]) => {
  expect(chosen(flags)).toEqual(options);
});

test("an authority that there is not is refused, with those that there are", () => {
  expect(() => chosen(["--connect-ca", "consul"])).toThrow(
    expect.objectContaining({
      code: "UNKNOWN_CA",
      message: 'There is no mesh authority "consul".',
      hint: "There are: vault, built-in.",
    }),
  );
});

test.for<[Pick<LabState, "profile" | "connectCa">, ReturnType<typeof chosenProfile>]>([
  [{ profile: ["default"], connectCa: "vault" }, {}],
  [{ profile: ["nomad"], connectCa: "vault" }, { nomad: true }],
  [{ profile: ["connect"], connectCa: "built-in" }, { connect: "built-in" }],
  [
    { profile: ["nomad", "connect"], connectCa: "vault" },
    { nomad: true, connect: "vault" },
  ],
])("a lab of %j is brought up anew as the same", ([state, options]) => {
  expect(chosen(profileFlags(state))).toEqual(options);
});
