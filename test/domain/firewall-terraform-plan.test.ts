import { describe, expect, test } from "vitest";
import { besides, brokenSeal, readPlan, refusedToApply } from "../../bot/domain/firewall/terraform-plan.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import { newFirewallReceipt } from "../../bot/domain/firewall/firewall-request.ts";
import { aFirewallRequest, anOpening } from "../support/firewall-requests.ts";

/** As Terraform 1.5.7 prints it for nomad/firewall. */
const replaced = `Terraform will perform the following actions:

  # module.firewall.terraform_data.ruleset must be replaced
-/+ resource "terraform_data" "ruleset" {
      ~ id               = "89cbbb2c-bbca-3231-0933-2dc7e3078699" -> (known after apply)
      ~ triggers_replace = {
          ~ revision = 1 -> 2
          ~ rules    = {
              - f-bbbbbbbb = "tcp from 10.81.1.2/32 to database port 22"
              + f-aaaaaaaa = "tcp from 10.81.2.2/32 to database port 5432"
              ~ f-cccccccc = "tcp from 10.0.0.0/8 to database port 1" -> "tcp from 10.0.0.0/8 to database port 1-2"
                # (1 unchanged attribute hidden)
            }
          ~ ruleset  = "40b3" -> "e276"
          ~ services = {
              ~ database = "10.81.3.9" -> "10.81.3.2"
            }
            # (1 unchanged attribute hidden)
        }
    }

Plan: 1 to add, 0 to change, 1 to destroy.
`;

const created = `
  # module.firewall.terraform_data.ruleset will be created
  + resource "terraform_data" "ruleset" {
      + id               = (known after apply)
      + triggers_replace = {
          + revision = 1
          + router   = ""
          + rules    = {
              + f-aaaaaaaa = "tcp from 10.81.2.2/32 to database port 5432"
            }
          + services = {
              + database = "10.81.3.2"
            }
        }
    }
`;

/** After a run that failed: Terraform keeps what was replaced, and says so again. */
const unfinished = `
  # module.firewall.terraform_data.ruleset is tainted, so must be replaced
+/- resource "terraform_data" "ruleset" {
      ~ id               = "ec0e9a77-c637-95d8-6014-edac4dca6b67" -> (known after apply)
        # (1 unchanged attribute hidden)
    }

  # module.firewall.terraform_data.ruleset (deposed object c6473c28) will be destroyed
  # (left over from a partially-failed replacement of this instance)
  - resource "terraform_data" "ruleset" {
      - id               = "77e6d30c-cdc6-cb9d-d3e0-6efd5375e571" -> null
      - triggers_replace = {
          - revision = 1
          - router   = "router"
          - rules    = {
              - f-bbbbbbbb = "tcp from 10.81.2.2/32 to database port 5432"
            }
          - services = {
              - database = "10.81.3.9"
            }
        } -> null
    }
`;

const opening = aFirewallRequest(anOpening(), {
  id: "f-aaaaaaaa",
  state: "applied",
  receipt: { ...newFirewallReceipt, revision: 1 },
});
const wanted = rulesInForce([opening]);

describe("what Terraform plans", () => {
  test("is read line by line", () => {
    const plan = readPlan(replaced);
    expect(plan.revision).toBe(2);
    expect(Object.fromEntries(plan.rules)).toEqual({
      "f-bbbbbbbb": { before: "tcp from 10.81.1.2/32 to database port 22", after: null },
      "f-aaaaaaaa": { before: null, after: "tcp from 10.81.2.2/32 to database port 5432" },
      "f-cccccccc": {
        before: "tcp from 10.0.0.0/8 to database port 1",
        after: "tcp from 10.0.0.0/8 to database port 1-2",
      },
    });
    expect(Object.fromEntries(plan.services)).toEqual({ database: { before: "10.81.3.9", after: "10.81.3.2" } });
    expect(plan.strange).toEqual([]);
  });

  test("that brings about what was approved, and no more, is as approved", () => {
    expect(besides(readPlan(created), wanted)).toEqual([]);
    expect(readPlan(created).revision).toBe(1);
  });

  test.each<[string, string, string, string[]]>([
    [
      "another rule",
      "to database port 5432",
      'to database port 5432"\n              + evil = "tcp from 0.0.0.0/0 to database port 22',
      ["rule evil: tcp from 0.0.0.0/0 to database port 22 in place of nothing"],
    ],
    [
      "a wider one",
      "port 5432",
      "port 1-65535",
      [
        "rule f-aaaaaaaa: tcp from 10.81.2.2/32 to database port 1-65535 in place of tcp from 10.81.2.2/32 to database port 5432",
      ],
    ],
    ["another address", '"10.81.3.2"', '"10.81.3.9"', ["service database: 10.81.3.9 in place of 10.81.3.2"]],
    [
      "a line of no known form",
      '+ f-aaaaaaaa = "',
      '+ f-aaaaaaaa = "\\u0022',
      ['+ f-aaaaaaaa = "\\u0022tcp from 10.81.2.2/32 to database port 5432"'],
    ],
    [
      "another resource",
      "  # module.firewall.terraform_data.ruleset will be created",
      "  # module.firewall.terraform_data.ruleset will be created\n  # module.firewall.null_resource.evil will be created",
      ["# module.firewall.null_resource.evil will be created"],
    ],
  ])("%s is named", (_, part, by, named) => {
    expect(created).toContain(part);
    expect(besides(readPlan(created.replace(part, by)), wanted)).toEqual(named);
  });
});

test("what a run that failed left is no change, and it is known that it is to be done over", () => {
  const plan = readPlan(unfinished);
  expect(plan).toMatchObject({ revision: null, unfinished: true });
  expect(besides(plan, wanted)).toEqual([]);
  expect(readPlan(unfinished + replaced)).toMatchObject({ revision: 2, unfinished: true });
  expect(readPlan(replaced).unfinished).toBe(false);
});

const others = "Find out who else writes under firewall/ in Consul, or calls CTS.";

test.each([
  ["these rules are not signed, they are a draft", true, others],
  ["revision 7 is not signed by the key of this task", false, others],
  [
    "revision 7 is older than revision 8, which was put into force already",
    false,
    "Where a clock ran ahead: nft delete set inet certops revision-8 on the router, and rm applied-revision in CTS's folder of the task.",
  ],
  [
    "revision 7 cannot be noted in /srv/cts/sync-tasks/firewall/applied-revision",
    false,
    "Let CTS write in its folder of the task; see whether its disk is full.",
  ],
  ["openssl is missing here, without which no signature is verified", false, "Install openssl where CTS runs."],
])("that the module would not apply it is told in its own words, and how to mend it: %s", (why, unsigned, mend) => {
  const told = `Error running command 'sh apply.sh': exit status 1. Output: Refused: ${why.replace(" not ", "\n│ not ")}. Nothing was\nchanged.\n`;
  expect(refusedToApply(told)).toEqual({ why, unsigned, mend });
  expect(refusedToApply("Error: something else")).toBeNull();
});

test("a seal that does not fit is told by both digests, however Terraform breaks the line", () => {
  const [sealed, found] = ["a".repeat(64), "b".repeat(64)];
  const told = `│ These are not the rules and addresses that were approved: sealed\n│ ${sealed}, found\n│ ${found}. Nothing was changed.`;
  expect(brokenSeal(told)).toEqual({ sealed, found });
  expect(brokenSeal("Error: something else")).toBeNull();
});
