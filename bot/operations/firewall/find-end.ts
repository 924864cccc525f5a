import { looksLikeAddress, parseCidr } from "../../domain/firewall/cidr.ts";
import type { RuleEnd } from "../../domain/firewall/rule.ts";
import { type FieldRefusal, quoted } from "../../domain/firewall/wish.ts";
import { at } from "../../domain/forms.ts";
import { nearest } from "../../domain/nearest.ts";
import { isRefusal, refuse } from "../../domain/refusal.ts";
import type { Firewall } from "./ports.ts";

export interface FindEndNeeds {
  firewall: Pick<Firewall, "policy" | "addresses">;
  /** The services of Consul's catalog. */
  serviceNames: () => Promise<string[]>;
  /** The IPv4 addresses of a host's name now; empty where it has none. */
  resolve: (host: string) => Promise<string[]>;
}

/** `addresses`: of the service's instances now; null where it is no service. */
export interface FoundEnd {
  end: RuleEnd;
  addresses: string[] | null;
}

const mostNetworks = 8;
const hostName = /^(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+\.?$/;
/** As the Terraform module takes it, and no longer than a label of DNS may be. */
const serviceName = /^[A-Za-z0-9_-]{1,63}$/;

/**
 * What somebody means by a name: addresses and networks, a service of Consul's catalog, a zone of certops.yaml, or a host that
 * has a name, by the addresses that it has now. Refused: bad-address, too-many, bad-name, unknown-name, no-instances,
 * unknown-host. Throws the Failure of a Consul that does not answer.
 */
export async function findEnd(
  needs: FindEndNeeds,
  field: "from" | "to",
  named: string,
): Promise<FoundEnd | FieldRefusal> {
  const words = named.split(/[,\s]+/).filter(Boolean);
  if (words.length > 0 && words.every(looksLikeAddress)) return networks(field, words);
  if (hostName.test(named)) return host(needs, field, named);
  if (!serviceName.test(named)) {
    return at(
      field,
      refuse(
        "bad-name",
        `${quoted(named)} is no name of a service.`,
        "Such a name has letters, digits, - and _ alone. Several addresses stand with commas between them.",
      ),
    );
  }
  return service(needs, field, named);
}

function networks(field: "from" | "to", words: string[]): FoundEnd | FieldRefusal {
  if (words.length > mostNetworks) {
    const what = `${words.length} networks are too many for one rule.`;
    return at(field, refuse("too-many", what, `Name ${mostNetworks} at most, or the network that holds them.`));
  }
  const cidrs = words.map(parseCidr);
  const wrong = cidrs.find((one) => isRefusal(one));
  if (wrong) return at(field, wrong);
  return { end: { cidrs: distinct(cidrs.filter((one) => typeof one === "string")) }, addresses: null };
}

/** Rules hold addresses: a name is asked for once, now, and who approves sees what it came to. */
async function host({ resolve }: FindEndNeeds, field: "from" | "to", name: string): Promise<FoundEnd | FieldRefusal> {
  const found = distinct(await resolve(name));
  if (found.length > 0 && found.length <= mostNetworks) {
    return { end: { cidrs: found.map((address) => `${address}/32`) }, addresses: null };
  }
  const what = found.length === 0 ? `${name} has no IPv4 address.` : `${name} has ${found.length} addresses.`;
  return at(field, refuse("unknown-host", what, "Give the address itself, or the name of a service in Consul."));
}

async function service(needs: FindEndNeeds, field: "from" | "to", name: string): Promise<FoundEnd | FieldRefusal> {
  const { policy, addresses } = needs.firewall;
  const here = await addresses(name);
  if (here.length > 0) return { end: { service: name }, addresses: here.toSorted() };
  const zone = policy.zones.find((one) => one.name === name);
  if (zone !== undefined) return { end: { cidrs: distinct(zone.cidrs) }, addresses: null };
  const services = await needs.serviceNames();
  if (services.includes(name)) {
    const hint = "A rule for it would let nothing through: start one, or see why Consul takes none for healthy.";
    return at(field, refuse("no-instances", `${name} has no healthy instance in Consul.`, hint));
  }
  const meant = nearest(name, [...services, ...policy.zones.map((one) => one.name)]);
  return at(
    field,
    refuse(
      "unknown-name",
      `Neither a service of Consul's catalog nor a zone is called ${name}.`,
      meant === null ? `Services: ${services.toSorted().slice(0, 20).join(", ") || "none"}.` : `Did you mean ${meant}?`,
    ),
  );
}

const distinct = (all: string[]) => [...new Set(all)].toSorted();
