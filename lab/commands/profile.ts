import { Problem } from "../../vault-config/problem.ts";
import type { LabOptions } from "../lab.ts";
import type { LabState } from "../state.ts";
import type { CommandInput, CommandOption } from "./command.ts";

/** What the lab is made of beside the default. */
export const profileOptions: Record<string, CommandOption> = {
  nomad: { type: "boolean", summary: "run the services as jobs of a real Nomad" },
  connect: { type: "boolean", summary: "add three Consul servers, and the services behind Connect's sidecars" },
  firewall: { type: "boolean", summary: "put it into a network of its own, with a firewall that CTS changes" },
  "connect-ca": {
    type: "string",
    value: "CA",
    summary: "who signs the mesh's certificates: vault (default) or built-in",
  },
};

export function chosenProfile({ values }: CommandInput): Pick<LabOptions, "nomad" | "connect" | "firewall"> {
  const ca = values["connect-ca"];
  if (ca !== undefined && ca !== "vault" && ca !== "built-in") {
    throw new Problem("UNKNOWN_CA", `There is no mesh authority "${ca}".`, "There are: vault, built-in.");
  }
  const connect = values["connect"] === true || ca !== undefined;
  return {
    ...(values["nomad"] === true && { nomad: true }),
    ...(connect && { connect: ca ?? "vault" }),
    ...(values["firewall"] === true && { firewall: true }),
  };
}

/** The same words for the process that is to run it again. */
export function profileFlags({ profile, connectCa }: Pick<LabState, "profile" | "connectCa">): string[] {
  return [
    ...(profile.includes("nomad") ? ["--nomad"] : []),
    ...(profile.includes("connect") ? ["--connect", "--connect-ca", connectCa] : []),
    ...(profile.includes("firewall") ? ["--firewall"] : []),
  ];
}
