/** A small number as it stands in a sentence. */
export const inWords = (count: number): string => ["none", "one", "two", "three"][count] ?? String(count);
