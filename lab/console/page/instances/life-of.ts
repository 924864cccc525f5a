import { lab } from "../wire/lab-feed.ts";
import { type Lifetime, lifetime } from "./lifetime.ts";

/** Where the certificate that an instance serves stands in its life, by the server's clock; null without one. */
export function lifeOf(instance: string, notAfter: number | null): Lifetime | null {
  const since = lab.frame?.since[instance];
  return notAfter !== null && since !== undefined ? lifetime({ since, notAfter }, lab.now()) : null;
}
