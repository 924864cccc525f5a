import { askLab, requireRunningLab } from "../control-client.ts";
import { type LabStatus, labStatusSchema } from "../status.ts";
import { paint } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

export const status: Command = {
  name: "status",
  summary: "Tell what runs, what it serves and what is wrong",
  options: { ...dirOption, json: { type: "boolean", summary: "print it as JSON, without any secret" } },
  async run(input) {
    const state = await requireRunningLab(await chosenFolder(input));
    const answer = await askLab(state, { method: "GET", path: "/status" });
    const current = labStatusSchema.parse(answer);
    process.stdout.write(input.values["json"] === true ? `${JSON.stringify(current, null, 2)}\n` : told(current));
    return current.ready ? 0 : 1;
  },
};

function told(current: LabStatus): string {
  const lines = [
    current.ready ? paint("green", "ready") : paint("red", "not ready"),
    `console  ${current.urls.console}`,
    `bot      ${current.bot.ready ? "ready" : "not ready"}, ${current.bot.renewals} renewals under way`,
    "",
    ...cluster(current),
    ...network(current.firewall),
    ...current.instances.map(
      ({ instance, serial, generation, notAfter, problem, allocation, check }) =>
        `${instance}  ${problem ?? `${generation ?? "no generation"}  ${serial ?? ""}  ${expiry(notAfter)}`}${where(allocation)}${health(check)}`,
    ),
    ...(current.mesh?.sidecars ?? []).map(
      ({ instance, certificate, problem, allocation, check }) =>
        `${instance}  ${problem ?? `${certificate?.spiffe}  ${expiry(certificate?.notAfter ?? null)}`}${where(allocation)}${health(check)}`,
    ),
    "",
    ...current.children.map(
      ({ name, state, pid, restarts }) =>
        `${name.padEnd(22)} ${state.padEnd(9)} pid ${String(pid ?? "–").padEnd(8)}${restarts > 0 ? paint("yellow", `restarted ${restarts}×`) : ""}`,
    ),
    ...(current.problems.length > 0 ? ["", ...current.problems.map((problem) => paint("red", problem))] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Who leads, and who is there. */
function cluster({ consul, nomad, mesh }: LabStatus): string[] {
  const servers = consul?.servers.map(
    ({ name, alive, leader }) => `${name}${leader ? " leads" : alive ? "" : " silent"}`,
  );
  const nodes = nomad?.nodes.map(
    ({ name, status: how, eligible }) => `${name} ${how}${eligible ? "" : ", not eligible"}`,
  );
  const intentions = mesh?.intentions.map(({ source, destination, action }) => `${source} → ${destination} ${action}`);
  return [
    ...(servers ? [`consul   ${servers.join(" · ")}`] : []),
    ...(nodes ? [`nomad    ${nodes.join(" · ")}`] : []),
    ...(intentions ? [`mesh     ${intentions.join(" · ") || "no intention: every call is denied"}`] : []),
    ...(servers || nodes ? [""] : []),
  ];
}

/** What the firewall lets through now, and who changes it. */
function network(firewall: LabStatus["firewall"]): string[] {
  if (firewall === null) return [];
  const { hosts, calls, services, cts } = firewall;
  const at = (host: string) => services.flatMap((one) => (one.on === host ? ` (${one.instance})` : []));
  return [
    `hosts    ${hosts.map(({ name, addresses }) => `${name} ${addresses[0]}${at(name).join("")}`).join(" · ")}`,
    ...calls.map(
      ({ from, to, outcome, cause }) => `call     ${from} → ${to} ${outcome}${cause === null ? "" : `: ${cause}`}`,
    ),
    `cts      ${cts.kind} ${cts.version}`,
    "",
  ];
}

function where(allocation: { id: string; node: string } | null): string {
  return allocation === null ? "" : `  ${paint("dim", `${allocation.id.slice(0, 8)} on ${allocation.node}`)}`;
}

function health(check: { status: string; output: string } | null): string {
  if (check === null || check.status === "passing") return "";
  return `  ${paint("yellow", `${check.status}: ${check.output}`)}`;
}

function expiry(notAfter: number | null): string {
  if (notAfter === null) return "";
  const seconds = Math.round((notAfter - Date.now()) / 1_000);
  return seconds >= 0 ? `expires in ${seconds} s` : `expired ${-seconds} s ago`;
}
