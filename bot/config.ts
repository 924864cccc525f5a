import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { approvalBy, checkApproval, checkPolicies } from "./config-approval.ts";
import { agentLogsIn, checkCatalogs, checkPlaces, endpointsIn, watchedCatalogsIn } from "./config-endpoints.ts";
import { explainIssues, readYaml } from "./config-problems.ts";
import type { ConfigProblem } from "./config-problems.ts";
import { configSchema } from "./config-schema.ts";
import type { ConfigFile } from "./config-schema.ts";
import type { WatchedCatalog } from "./domain/catalog.ts";
import { watchedAt } from "./domain/endpoint.ts";
import type { Estate } from "./domain/estate.ts";
import type { Window } from "./domain/expiry.ts";
import type { ManagedService } from "./domain/managed-service.ts";
import type { MeshPolicy } from "./domain/mesh.ts";
import type { PasskeyPolicy } from "./domain/passkey.ts";
import { checkExpiry } from "./config-expiry.ts";
import { checkFirewall, type FirewallConfig, firewallConfig } from "./config-firewall.ts";
import { checkMesh, meshPolicy } from "./config-mesh.ts";
import { checkPasskeys, passkeyPolicy } from "./config-passkeys.ts";
import { Failure } from "./errors.ts";

/** What the bot runs by. Paths are absolute, times milliseconds, shares 0..1. */
export interface Config extends Omit<
  ConfigFile,
  | "http"
  | "services"
  | "endpoints"
  | "catalogs"
  | "slack"
  | "expiring"
  | "mesh"
  | "firewall"
  | "audit"
  | "passkeys"
  | "rotas"
  | "policies"
> {
  http: { host: string; port: number };
  slack: {
    channel: string;
    mode: "http" | "socket";
    apiUrl: string | null;
    /** By what Slack draws tables and charts. */
    blocks: "plain" | "newest";
    vaultPath: { mount: string; path: string } | null;
  };
  /** When and where the audit log's head is published. */
  audit: { cron: string; timezone: string; channel: string };
  services: Map<string, ManagedService>;
  /** At which a notice is told; empty: at none. */
  notices: Window[];
  /** The services' own endpoints stand with them, or in their catalogs. */
  estate: Omit<Estate, "services">;
  /** What is only watched, and looked up: empty until its catalog has answered. */
  catalogs: Map<string, WatchedCatalog>;
  /** null where it has none. */
  mesh: MeshPolicy | null;
  /** null where it has none. */
  firewall: FirewallConfig | null;
  /** null where it has none. */
  passkeys: PasskeyPolicy | null;
  /** Endpoint id → the log of the agent that renders its identity. */
  agentLogs: ReturnType<typeof agentLogsIn>;
  /** From the environment; null: they are in Vault, at `slack.vaultPath`. */
  slackTokens: SlackTokens | null;
}

export interface SlackTokens {
  botToken: string;
  /** Proves that a request comes from Slack; not needed in Socket Mode. */
  signingSecret: string | null;
  /** Opens Socket Mode's connections; not needed over HTTP. */
  appToken: string | null;
}

type Environment = Record<string, string | undefined>;

/**
 * The configuration of this process: the file that CERTOPS_CONFIG names, and Slack's tokens from SLACK_BOT_TOKEN,
 * SLACK_SIGNING_SECRET and SLACK_APP_TOKEN. Throws one Failure that lists everything that is wrong.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const file = configFile(environment);
  const { value, problems, lineOf } = readYaml(readConfig(file));
  if (problems.length > 0)
    throw invalid(
      file,
      problems.map((problem) => problem.sentence),
    );
  const parsed = configSchema.safeParse(value);
  const found = parsed.success
    ? [...crossCheck(parsed.data, dirname(file)), ...checkTokens(parsed.data, environment)]
    : explainIssues(value, parsed.error.issues);
  if (!parsed.success || found.length > 0) {
    throw invalid(
      file,
      found.map(({ path, sentence }) => located(path, lineOf(path), sentence)),
    );
  }
  return assemble(parsed.data, dirname(file), environment);
}

/** The unix socket of the bot that CERTOPS_CONFIG describes, without asking the rest of the file to be right. */
export function operatorSocket(environment: Environment = process.env): string {
  const file = configFile(environment);
  const { value } = readYaml(readConfig(file));
  const data = (value as { data?: unknown } | null)?.data;
  return join(resolve(dirname(file), typeof data === "string" ? data : "."), "bot.sock");
}

const configFile = (environment: Environment) => resolve(environment.CERTOPS_CONFIG ?? "certops.yaml");

function readConfig(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Failure(
      "config-unreadable",
      `the configuration ${file} cannot be read`,
      "name the file in CERTOPS_CONFIG",
      { cause },
    );
  }
}

function invalid(file: string, sentences: string[]): Failure {
  const many = sentences.length === 1 ? "1 problem" : `${sentences.length} problems`;
  return new Failure(
    "config-invalid",
    `${file} has ${many}:\n${sentences.map((sentence) => `  ${sentence}`).join("\n")}`,
    "mend the file and start again; nothing was started",
  );
}

function located(path: ConfigProblem["path"], line: number, sentence: string): string {
  return path.length === 0 ? sentence : `line ${line}, ${path.join(".")}: ${sentence}`;
}

/** What the shape alone cannot tell: names that must exist elsewhere, files, things named twice. */
function crossCheck(file: ConfigFile, folder: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, service] of Object.entries(file.services)) {
    problems.push(...checkApproval(file, service.approval, ["services", name, "approval"]));
    problems.push(...checkPlaces(file, name, service));
  }
  problems.push(
    ...checkCatalogs(file),
    ...checkExpiry(file),
    ...checkPolicies(file),
    ...checkMesh(file),
    ...checkFirewall(file),
    ...checkPasskeys(file),
  );
  for (const section of ["vault", "identity", "consul", "nomad"] as const) {
    const name = file[section]?.caFile;
    if (name !== undefined && !existsSync(resolve(folder, name)))
      problems.push({ path: [section, "caFile"], sentence: `no such file: ${resolve(folder, name)}` });
  }
  return problems;
}

function checkTokens(file: ConfigFile, environment: Environment): ConfigProblem[] {
  const problem = (sentence: string): ConfigProblem[] => [{ path: ["slack"], sentence }];
  if (!environment.SLACK_BOT_TOKEN)
    return file.slack.vaultPath === undefined
      ? problem("no tokens: set SLACK_BOT_TOKEN, or slack.vaultPath to where Vault holds them")
      : [];
  if (file.slack.mode === "http" && !environment.SLACK_SIGNING_SECRET)
    return problem("SLACK_BOT_TOKEN is set but SLACK_SIGNING_SECRET is not; mode http needs both");
  if (file.slack.mode === "socket" && !environment.SLACK_APP_TOKEN)
    return problem("SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN is not; mode socket needs both");
  return [];
}

function assemble(file: ConfigFile, folder: string, environment: Environment): Config {
  const at = (path: string) => resolve(folder, path);
  const services = new Map(
    Object.entries(file.services).map(([name, service]) => [name, managed(name, service, file)]),
  );
  const [mount = "", ...path] = file.slack.vaultPath?.split("/") ?? [];
  return {
    http: { host: file.http.host, port: file.http.port },
    probe: file.probe,
    history: file.history,
    digest: file.digest,
    picture: file.picture,
    audit: { ...file.audit, channel: file.audit.channel ?? file.slack.channel },
    roles: file.roles,
    notices: file.expiring.notices,
    owners: file.owners,
    data: at(file.data),
    slack: {
      ...file.slack,
      apiUrl: file.slack.apiUrl?.replace(/\/*$/, "/") ?? null,
      vaultPath: path.length === 0 ? null : { mount, path: path.join("/") },
    },
    vault: { ...file.vault, caFile: at(file.vault.caFile), tokenFile: at(file.vault.tokenFile) },
    identity: {
      file: at(file.identity.file),
      caFile: at(file.identity.caFile),
      rootCrlFile: file.identity.rootCrlFile && at(file.identity.rootCrlFile),
    },
    evidence: { vaultAudit: file.evidence.vaultAudit && at(file.evidence.vaultAudit) },
    consul: file.consul && { ...file.consul, caFile: at(file.consul.caFile), tokenFile: at(file.consul.tokenFile) },
    nomad: file.nomad && { ...file.nomad, caFile: at(file.nomad.caFile), tokenFile: at(file.nomad.tokenFile) },
    mesh: meshPolicy(file),
    firewall: firewallConfig(file),
    passkeys: passkeyPolicy(file),
    services,
    catalogs: watchedCatalogsIn(file),
    estate: {
      endpoints: file.endpoints.map(watchedAt),
      within: file.expiring.within,
      staleAfterMs: 3 * file.probe.every + file.probe.deadline,
    },
    agentLogs: agentLogsIn(file, at),
    slackTokens: environment.SLACK_BOT_TOKEN
      ? {
          botToken: environment.SLACK_BOT_TOKEN,
          signingSecret: environment.SLACK_SIGNING_SECRET ?? null,
          appToken: environment.SLACK_APP_TOKEN ?? null,
        }
      : null,
  };
}

function managed(name: string, service: ConfigFile["services"][string], file: ConfigFile): ManagedService {
  const { approval, catalog, ...rest } = service;
  return {
    ...rest,
    name,
    approval: approvalBy(file, approval),
    endpoints: endpointsIn(name, service),
    catalog: catalog === undefined ? null : { kind: catalog.kind, service: catalog.service, tag: catalog.tag },
  };
}
