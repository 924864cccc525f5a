import { z } from "zod";

const dayMs = 86_400_000;
const address = z.ipv4();
const port = z.int().min(1).max(65_535);

export const grantId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "not the id of a request");

/** For a week at most: a grant that nobody takes back lapses. */
export const grantBody = (now: number) =>
  z.strictObject({
    addresses: z.array(address).min(1).max(64),
    ports: z.array(port).min(1).max(8),
    until: z
      .int()
      .gt(now, "it has lapsed already")
      .max(now + 7 * dayMs, "more than seven days ahead"),
  });

export const holdBody = z.strictObject({
  grant: grantId,
  address,
  port,
  deadlineMs: z.int().min(1).max(10_000),
});

export const tryBody = holdBody.extend({ protocol: z.enum(["tcp", "udp"]).default("tcp") });
