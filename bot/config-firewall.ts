import type { ConfigProblem } from "./config-problems.ts";
import { approvalBy, checkApproval } from "./config-approval.ts";
import type { ConfigFile } from "./config-schema.ts";
import { parseCidr, spanOf } from "./domain/firewall/cidr.ts";
import type { FirewallPolicy } from "./domain/firewall/policy.ts";
import { common, covers } from "./domain/firewall/span.ts";
import { zoneOf } from "./domain/firewall/zones.ts";
import { nearest } from "./domain/nearest.ts";
import { isRefusal } from "./domain/refusal.ts";

/** How firewall changes are made and judged. Times are milliseconds. */
export interface FirewallConfig {
  policy: FirewallPolicy;
  /** `module`: as CTS finds it. `variables`: of the module, each as a plain text. */
  cts: { address: string; task: string; module: string; variables: Record<string, string> };
  /** Where the router's table is read; null: nowhere. */
  router: string | null;
  /** Between two looks at what has to be done unasked. */
  lookMs: number;
}

type FirewallFile = NonNullable<ConfigFile["firewall"]>;

/** What the shape of `firewall` alone cannot tell. */
export function checkFirewall(file: ConfigFile): ConfigProblem[] {
  const { firewall, consul } = file;
  if (firewall === undefined) return [];
  const problem = (path: (string | number)[], sentence: string) => ({ path: ["firewall", ...path], sentence });
  return [
    ...(consul === undefined ? [problem([], "its rules stand in Consul, expected the section consul beside it")] : []),
    ...checkApproval(file, firewall.approval, ["firewall", "approval"]),
    ...("public_key" in firewall.cts.variables
      ? [problem(["cts", "variables", "public_key"], "is certops' own to say: leave it away")]
      : []),
    ...checkZones(firewall).map(({ path, sentence }) => problem(path, sentence)),
    ...(firewall.longest < firewall.valid
      ? [problem(["valid"], "is longer than firewall.longest: no rule could be valid for that long")]
      : []),
  ];
}

function checkZones({ zones, self, policy }: FirewallFile): ConfigProblem[] {
  const all = Object.entries(zones).flatMap(([name, { cidrs }]) => cidrs.map((cidr, index) => ({ name, cidr, index })));
  const wrong = all.flatMap(({ name, cidr, index }) => {
    const read = parseCidr(cidr);
    return isRefusal(read) ? [{ path: ["zones", name, "cidrs", index], sentence: `${read.message} ${read.hint}` }] : [];
  });
  if (wrong.length > 0) return wrong;
  const shared = all.flatMap(({ name, cidr, index }, place) => {
    const other = all
      .slice(0, place)
      .find((one) => one.name !== name && common(spanOf(one.cidr), spanOf(cidr)) !== null);
    const sentence = `${cidr} meets ${other?.cidr} of the zone ${other?.name}: an address has to be in one zone`;
    return other === undefined ? [] : [{ path: ["zones", name, "cidrs", index], sentence }];
  });
  const strangers = policy.apart.flatMap((pair, index) =>
    pair.flatMap((name) =>
      name in zones ? [] : [{ path: ["policy", "apart", index], sentence: unknownZone(name, zones) }],
    ),
  );
  const strayed = Object.entries(zones).flatMap(([name, { cidrs, address }]) => {
    if (address === undefined) return [];
    const path = ["zones", name, "address"];
    const read = parseCidr(address);
    if (isRefusal(read)) return [{ path, sentence: `${read.message} ${read.hint}` }];
    const isIn = cidrs.some((cidr) => covers(spanOf(cidr), spanOf(read)));
    return isIn
      ? []
      : [{ path, sentence: `${address} is not in that zone, expected where its prober's packets come from` }];
  });
  const own = parseCidr(self);
  const named = Object.entries(zones).map(([name, { cidrs }]) => ({ name, cidrs, prober: null, address: null }));
  const homeless = isRefusal(own)
    ? [{ path: ["self"], sentence: `${own.message} ${own.hint}` }]
    : zoneOf({ zones: named }, own) === null
      ? [{ path: ["self"], sentence: `${self} lies in no zone: it is the bot's own address, as the firewall sees it` }]
      : [];
  return [...shared, ...strangers, ...strayed, ...homeless];
}

function unknownZone(name: string, zones: FirewallFile["zones"]): string {
  const known = Object.keys(zones);
  const meant = nearest(name, known);
  return `no zone ${name} under firewall.zones: ${meant === null ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`;
}

/** null where the file has no firewall. */
export function firewallConfig(file: ConfigFile): FirewallConfig | null {
  if (file.firewall === undefined) return null;
  const { cts, zones, router, self, policy, valid, longest, approval, look } = file.firewall;
  return {
    cts,
    router: router ?? null,
    lookMs: look,
    policy: {
      zones: Object.entries(zones).map(([name, { cidrs, prober, address, untrusted }]) => ({
        name,
        ...(untrusted !== undefined && { untrusted }),
        cidrs: cidrs.map((cidr) => (cidr.includes("/") ? cidr : `${cidr}/32`)),
        prober: prober ?? null,
        address: address ?? null,
      })),
      ...policy,
      valid,
      longest,
      self,
      approval: approvalBy(file, approval),
    },
  };
}
