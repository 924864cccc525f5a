import { relative, resolve } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { requireRunningLab, runningLab } from "../control-client.ts";
import { runDetached, startDetached } from "../detached.ts";
import type { LabOptions } from "../lab.ts";
import { ownSlack } from "../own-slack.ts";
import type { LabInstance, LabState } from "../state.ts";
import { paint, terminalProgress } from "../terminal.ts";
import { type Command, type CommandInput, chosenFolder, dirOption } from "./command.ts";
import { chosenProfile, profileOptions } from "./profile.ts";

export const up: Command = {
  name: "up",
  summary: "Start the lab and stay with it until Ctrl-C",
  options: {
    ...dirOption,
    detach: { type: "boolean", summary: "leave it running and return once it is ready" },
    "free-ports": { type: "boolean", summary: "take ports that are free instead of the documented ones" },
    ...profileOptions,
    "step-up": { type: "boolean", summary: "have renewals of service-b take the approver's passkey" },
    vault: { type: "string", value: "PATH", summary: "run this bao or vault program" },
    slack: {
      type: "string",
      value: "CHANNEL",
      summary: "join this channel (C…) of your own Slack, with SLACK_BOT_TOKEN and SLACK_APP_TOKEN",
    },
    approvers: { type: "string", value: "USERS", summary: "who approves there: user ids, U…,U…" },
  },
  async run(input) {
    const { values } = input;
    const dir = await chosenFolder(input);
    if (process.send !== undefined) return runDetached(labOptions(dir, input));
    await refuseSecond(dir);
    if (values["detach"] === true) {
      const start = performance.now();
      await startDetached(dir, flagsOf(input));
      const tookMs = performance.now() - start;
      process.stdout.write(welcome(await requireRunningLab(dir), tookMs, "npm run lab -- down"));
      return 0;
    }
    return asForeground(labOptions(dir, input));
  },
};

async function asForeground(options: LabOptions): Promise<number> {
  // Not before it is needed: the short commands shall not wait for all that a lab is made of.
  const { runLab } = await import("../run-lab.ts");
  await runLab(options, {
    detached: false,
    progress: terminalProgress,
    onUp: (state, tookMs) => void process.stdout.write(welcome(state, tookMs, "Ctrl-C")),
  });
  return 0;
}

function labOptions(dir: string, input: CommandInput): LabOptions {
  const { values } = input;
  const { vault } = values;
  const word = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined);
  const slack = ownSlack({ slack: word(values["slack"]), approvers: word(values["approvers"]) }, process.env);
  return {
    dir,
    ports: values["free-ports"] === true ? "free" : "default",
    ...chosenProfile(input),
    ...(values["step-up"] === true && { stepUp: true }),
    ...(typeof vault === "string" ? { vaultPath: resolve(vault) } : {}),
    ...(slack === null ? {} : { ownSlack: slack }),
  };
}

/** The same words for the process that is to stay. */
function flagsOf({ values }: CommandInput): string[] {
  const kept = Object.entries(values).filter(([name]) => name !== "detach" && name !== "dir");
  return kept.flatMap(([name, value]) => (typeof value === "string" ? [`--${name}`, value] : [`--${name}`]));
}

async function refuseSecond(dir: string): Promise<void> {
  const state = await runningLab(dir);
  if (state === null) return;
  throw new Problem(
    "ALREADY_UP",
    `A lab is up already: ${state.urls.console} (process ${state.supervisor.pid}).`,
    "Stop it with `npm run lab -- down`, or start another beside it with --dir and --free-ports.",
  );
}

function welcome(state: LabState, tookMs: number, ending: string): string {
  const a = firstOf(state, "service-a");
  const b = firstOf(state, "service-b");
  const here = (file: string) => relative(process.cwd(), file);
  const identity = here(a.identityFile);
  const curl = ({ serverName, host, port }: LabInstance) =>
    `curl --cacert ${here(state.files.root)} --resolve ${serverName}:${port}:${host} https://${serverName}:${port}`;
  return `
${paint("green", "The lab is up.")} Open  ${paint(["bold", "cyan"], state.urls.console)}

Try first
  in the console   /cert expiring
                   /cert renew service-b     then approve it as ben
${lines(inSlack(state))}  in a terminal    npm run lab -- case no-client-cert
                   ${curl(a)}/w-mtls
                   ${curl(b)}/ --cert ${identity} --key ${identity}
${lines(beside(state, curl))}                   CERTOPS_CONFIG=${here(state.files.certopsYaml)} npm run certops -- expiring

${paint("dim", `Ready in ${Math.round(tookMs / 1_000)} s. ${ending} stops it and leaves nothing behind.`)}
`;
}

/** What else there is to try in that profile, in the console. */
function inSlack({ profile }: LabState): string[] {
  return [
    ...(profile.includes("connect") ? ["/mesh deny service-a service-b an incident"] : []),
    ...(profile.includes("firewall") ? ["/firewall request service-a service-b tcp/8443 90d the ledger"] : []),
  ];
}

/** The same in a terminal. */
function beside({ profile, mesh, firewall, stepUp, files }: LabState, curl: (to: LabInstance) => string): string[] {
  const sidecar = mesh.find(({ service }) => service === "service-a");
  const zoned = firewall?.services.find(({ service }) => service === "service-a");
  const config = relative(process.cwd(), files.certopsYaml);
  return [
    ...(stepUp ? [`CERTOPS_CONFIG=${config} npm run certops -- enrol U0BEN     ben's passkey, for service-b`] : []),
    ...(profile.includes("nomad") ? ["npm run lab -- step change-modes"] : []),
    ...(profile.includes("connect") ? ["npm run lab -- rotate-root"] : []),
    ...(sidecar ? [`curl http://${sidecar.host}:${sidecar.port}/w-mtls     through the sidecars`] : []),
    ...(zoned ? [`${curl(zoned)}/w-mtls     through the firewall`, "npm run lab -- move b-db"] : []),
  ];
}

function lines(all: string[]): string {
  return all.map((line) => `                   ${line}\n`).join("");
}

function firstOf({ instances }: LabState, service: string): LabInstance {
  const found = instances.find((instance) => instance.service === service);
  if (found === undefined) throw new Error(`the lab has no instance of ${service}`);
  return found;
}
