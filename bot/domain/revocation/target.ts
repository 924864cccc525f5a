import type { Endpoint } from "../endpoint.ts";
import type { ManagedService } from "../managed-service.ts";
import { nearest } from "../nearest.ts";
import { parseQuery, type SerialQuery } from "../query.ts";
import { isRefusal, refuse, type Refusal } from "../refusal.ts";
import type { Target } from "./revocation-request.ts";

/** What was named: a service, one of its instances, or a serial that is still to be looked up. */
export type Named =
  | { service: ManagedService; target: Exclude<Target, { kind: "serial" }> }
  | { service: null; serial: SerialQuery };

/** Refused: ambiguous, unknown-target. */
export function parseTarget(typed: string, services: ReadonlyMap<string, ManagedService>): Named | Refusal {
  const word = typed.toLowerCase();
  const service = services.get(word);
  if (service !== undefined) return { service, target: { kind: "service" } };
  const all = [...services.values()].flatMap((of) => of.endpoints.map((endpoint) => ({ of, endpoint })));
  const called = all.filter(({ endpoint }) => isCalled(endpoint, word));
  const [first, second] = called;
  if (first !== undefined && second !== undefined) {
    return refuse(
      "ambiguous",
      `${typed} is an instance of ${called.map(({ of }) => of.name).join(" and ")}.`,
      `Write it with its service: ${called.map(({ endpoint }) => endpoint.id).join(" or ")}.`,
    );
  }
  if (first !== undefined)
    return { service: first.of, target: { kind: "instance", instance: first.endpoint.instance } };
  const query = parseQuery(["serial", typed]);
  if (!isRefusal(query) && query.kind === "serial" && looksLikeSerial(query.serial)) {
    const { serial, ending } = query;
    return { service: null, serial: { serial, ...(ending !== undefined && { ending }) } };
  }
  const names = [...services.keys(), ...all.map(({ endpoint }) => endpoint.instance)];
  const meant = nearest(typed, names);
  return refuse(
    "unknown-target",
    `${typed} is no service, no instance and no serial.`,
    meant === null
      ? `Services: ${[...services.keys()].toSorted().slice(0, 20).join(", ") || "none"}.`
      : `Did you mean ${meant}?`,
  );
}

const isCalled = ({ id, instance }: Endpoint, word: string) =>
  id.toLowerCase() === word || instance.toLowerCase() === word;

/** A misspelt instance such as a-3 reads as hexadecimal too. */
const looksLikeSerial = (serial: string) => serial.split(":").length >= 4;
