import { z } from "zod";
import { address, duration, listOf, mapOf, matching, name, section, text } from "./config-fields.ts";
import { approval } from "./config-schema-approval.ts";
import { parsePorts } from "./domain/firewall/wish.ts";

const network = text("an address such as 10.0.0.5, or a network such as 10.0.0.0/24");

const portsExpected = 'a port or a range, such as "23" or "3389-3390"';

const ports = z.union([z.int(), z.string()], { error: portsExpected }).transform((value, context) => {
  const read = parsePorts(String(value));
  if ("refused" in read || /[a-z]/i.test(String(value))) {
    context.addIssue({ code: "custom", message: portsExpected });
    return z.NEVER;
  }
  return read.ports;
});

const zone = section({
  cidrs: listOf(network).min(1, { error: "at least one network" }),
  prober: address.optional(),
  address: network.optional(),
  untrusted: z.boolean({ error: "true or false" }).optional(),
});

const variableExpected = "a variable's name of a–z, 0–9 and _";

const pairExpected = "two zones that may never meet, such as [outside, database]";

/** The section `firewall` of certops.yaml. */
export const firewall = section({
  cts: section({
    address,
    task: matching(/^[A-Za-z0-9_-]{1,64}$/, "a task's name such as firewall"),
    module: text("where CTS finds the module: the path of nomad/firewall on its machine"),
    variables: z
      .record(matching(/^[a-z_][a-z0-9_]*$/, variableExpected), text("a text"), {
        error: (issue) => (issue.code === "invalid_key" ? variableExpected : "a section, a text for each variable"),
      })
      .default({}),
  }),
  zones: mapOf(zone),
  router: address.optional(),
  self: network,
  policy: section({
    forbiddenPorts: listOf(ports).default([]),
    apart: listOf(z.tuple([name, name], { error: pairExpected })).default([]),
    largestRange: z
      .int({ error: "a number of ports" })
      .min(1, { error: "at least one port" })
      .max(65_535, { error: "a number of ports" }),
    unproven: z.boolean({ error: "true or false" }).default(false),
  }),
  valid: duration("90d"),
  longest: duration("365d"),
  approval,
  look: duration("10s"),
});
