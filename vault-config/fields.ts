export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** What Vault keeps under one path. */
export type Fields = Record<string, Json>;

export interface FieldChange {
  field: string;
  /** Null when Vault has no such value yet. */
  from: Json;
  to: Json;
}

/** The wanted fields that Vault holds with another meaning. What nobody asked for is not looked at. */
export function differences(wanted: Fields, current: Fields): FieldChange[] {
  return Object.entries(wanted).flatMap(([field, to]) => {
    const from = current[field] ?? null;
    return sameMeaning(to, from) ? [] : [{ field, from, to }];
  });
}

/**
 * Vault stores what it is given in its own spelling: "72h" as 259200, a list as a string with commas, an empty list as
 * null. Two values mean the same when Vault would act alike on both.
 */
export function sameMeaning(a: Json, b: Json): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) return sameMembers(asList(a), asList(b));
  if (typeof a === "object" && typeof b === "object") {
    return a !== null && b !== null && differences(a, b).length === 0;
  }
  if (typeof a === "object" || typeof b === "object") return false;
  if (plain(a) === plain(b)) return true;
  if (typeof a === "string" && typeof b === "string" && (a.includes(",") || b.includes(","))) {
    return sameMembers(asList(a), asList(b));
  }
  const seconds = asSeconds(a);
  return seconds !== null && seconds === asSeconds(b);
}

/** A network of one address is stored as that address. */
function plain(value: string | number | boolean): string {
  return String(value)
    .trim()
    .replace(/^([\d.]+)\/32$/, "$1");
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "" || value === false || value === "false") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return Object.keys(value).length === 0;
  return asSeconds(value) === 0;
}

function asList(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return [value];
  return value.split(",").map((member) => member.trim());
}

/** Order has no meaning in any list that is configured here. */
function sameMembers(a: Json[], b: Json[]): boolean {
  return (
    a.every((member) => b.some((other) => sameMeaning(member, other))) &&
    b.every((member) => a.some((other) => sameMeaning(member, other)))
  );
}

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a number or of a duration such as "90", "72h" or "1h30m"; null when it is neither. */
function asSeconds(value: Json): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^(\d+|(\d+[smhd])+)$/.test(value)) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const parts = [...value.matchAll(/(\d+)([smhd])/g)];
  return parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0), 0);
}
