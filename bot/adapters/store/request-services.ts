import { expressionBuilder, type Expression, type SqlBool, type StringReference } from "kysely";
import type { RequestTables } from "./tables.ts";

/** Whether the request that the column names touches one of the services. */
export function touches(
  request: StringReference<RequestTables, "requests" | "jobs">,
  services: string[],
): Expression<SqlBool> {
  const eb = expressionBuilder<RequestTables, "requests" | "jobs">();
  return eb.exists(
    eb
      .selectFrom("request_services")
      .select("request_services.request")
      .whereRef("request_services.request", "=", request)
      .where("request_services.service", "in", services),
  );
}
