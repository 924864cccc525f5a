import type { Endpoint } from "../../domain/endpoint.ts";
import { looksLikeAddress } from "../../domain/firewall/cidr.ts";
import { isHidden } from "../../domain/firewall/hidden.ts";
import type { Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";

/** An endpoint that the bot cannot look at because of the firewall. */
export interface Hidden {
  endpoint: string;
  host: string;
  port: number;
  /** The bot's own address, from where it would look. */
  from: string;
}

/** `code`: how the latest look at the endpoint failed; null: it did not. */
export interface Look {
  endpoint: Pick<Endpoint, "id" | "host" | "port">;
  code: string | null;
}

/** Those of the endpoints that the firewall hides. */
export async function findHidden(
  {
    requests,
    firewall: { policy },
    resolve,
  }: {
    requests: Pick<Requests, "list" | "count">;
    firewall: Pick<Firewall, "policy">;
    resolve: (host: string) => Promise<string[]>;
  },
  looks: Look[],
): Promise<Hidden[]> {
  const failed = looks.filter(({ code }) => code !== null);
  if (failed.length === 0) return [];
  const inForce = await readInForce({ requests });
  const found = await Promise.all(
    failed.map(async ({ endpoint: { id, host, port }, code }): Promise<Hidden[]> => {
      const addresses = looksLikeAddress(host) ? [host] : await resolve(host);
      const hidden = addresses.some((address) => isHidden(policy, { address, port, code }, inForce));
      return hidden ? [{ endpoint: id, host, port, from: policy.self }] : [];
    }),
  );
  return found.flat();
}
