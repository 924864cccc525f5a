/** The beginning in UTC of a day such as `2026-12-31`, epoch milliseconds; null where there is no such day. */
export function parseDay(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  // Date.parse takes the 31st of April for the 1st of May.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(text) ? null : at;
}
