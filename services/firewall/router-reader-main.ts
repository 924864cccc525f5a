import { listTable } from "./list-table.ts";
import { routerReader } from "./router-reader.ts";
import { runGuarded } from "./run-guarded.ts";

await runGuarded((log) => routerReader(listTable, log));
