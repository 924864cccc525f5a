import { basename } from "node:path";
import type { AgentLog } from "../operations/ports.ts";
import { linesOf } from "./lines-of.ts";

// 2026-11-22T05:41:37.338Z [INFO]  agent: (runner) rendered "(dynamic)" => "/…/identity.pem"
const rendered = /^(\S+) \[INFO\].* rendered "[^"]*" => "([^"]+)"$/;

/** What a Vault (or OpenBao) agent rendered; revocation lists are left out. */
export const readAgentLog: AgentLog = async (file, { from, until }) => {
  const found: { at: number; destination: string }[] = [];
  for await (const line of linesOf(file)) {
    const [, time = "", destination = ""] = rendered.exec(line) ?? [];
    const at = Date.parse(time);
    if (at >= from && at <= until && !destination.endsWith(".crl"))
      found.push({ at, destination: basename(destination) });
  }
  return found;
};
