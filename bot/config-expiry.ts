import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigFile } from "./config-schema.ts";
import { nearest } from "./domain/nearest.ts";

/** What the shape of `expiring` and `owners` alone cannot tell. */
export function checkExpiry({ expiring, owners, services }: ConfigFile): ConfigProblem[] {
  const { notices } = expiring;
  const known = [...new Set(Object.values(services).map(({ owner }) => owner))];
  return [
    // A number of days tells nothing of a certificate that lives for less.
    ...(notices.length > 0 && !notices.some(({ kind }) => kind === "share")
      ? [{ path: ["expiring", "notices"], sentence: "found only durations, expected a share such as 20% among them" }]
      : []),
    ...Object.keys(owners)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const meant = nearest(name, known);
        const hint = meant === null ? `owners are ${known.join(", ") || "none"}` : `did you mean ${meant}?`;
        return { path: ["owners", name], sentence: `${name} owns no service: ${hint}` };
      }),
  ];
}
