import { validate as isCron } from "node-cron";
import { z } from "zod";
import {
  address,
  duration,
  listOf,
  mapOf,
  matching,
  name,
  oneOf,
  port,
  publicUrl,
  section,
  text,
} from "./config-fields.ts";
import { approval, isTimezone, policies, roles, rotas } from "./config-schema-approval.ts";
import { firewall } from "./config-schema-firewall.ts";
import { parseShare } from "./domain/duration.ts";
import { parseWindow } from "./domain/expiry.ts";
import type { Window } from "./domain/expiry.ts";

// The shape of certops.yaml. Every message is the end of the sentence "found …, expected …".

const share = text("a share such as 20%").transform((value, context) => {
  const parsed = parseShare(value);
  if (parsed === null) context.addIssue({ code: "custom", message: "a share between 0% and 100% such as 20%" });
  return parsed ?? 0;
});

const windowExpected = "a duration or a share, such as 30d or 20%";

const window = text(windowExpected).transform((value, context): Window => {
  const parsed = parseWindow(value);
  if (parsed === null) context.addIssue({ code: "custom", message: windowExpected });
  return parsed ?? z.NEVER;
});

const vaultPath = matching(/^[\w-]+(\/[\w.-]+)+$/, "a path such as kv/certops-bot/slack, its mount first");

const channel = matching(/^[CG][A-Z0-9]{2,}$/, "a channel's id such as C0123456789 (in Slack: channel name → About)");

const cron = text("a cron expression").refine(isCron, { error: 'a cron expression such as "0 9 * * 1-5"' });

const timezone = text("a time zone").refine(isTimezone, { error: "a time zone such as Europe/Madrid" });

const hostName = matching(/^[A-Za-z0-9.:_-]{1,253}$/, "a host name or address");

const managedEndpoint = section({
  instance: name,
  host: hostName,
  port,
  serverName: hostName,
  protocol: oneOf(["https", "tls"]).default("https"),
  admin: address.optional(),
  agentLog: text("a file").optional(),
});

const watchedEndpoint = section({
  host: hostName,
  port,
  serverName: hostName.optional(),
  protocol: oneOf(["https", "tls"]).default("https"),
});

/** Others' instances, as a catalog lists them. */
const watchedCatalog = section({
  kind: oneOf(["consul", "nomad"]),
  service: text("the name under which its instances are registered"),
  tag: text("the tag of those of them that are watched, such as tls"),
  serverName: hostName,
  protocol: oneOf(["https", "tls"]).default("https"),
});

const deploymentKinds = ["vault-agent", "nomad"] as const;

const deployment = z.discriminatedUnion(
  "kind",
  [
    section({
      kind: z.literal(deploymentKinds[0]),
      mount: text("a KV v2 mount such as kv"),
      path: text("a path such as certops/service-a"),
    }),
    section({ kind: z.literal(deploymentKinds[1]), job: text("the name of a Nomad job") }),
  ],
  {
    error: (issue) => (issue.code === "invalid_union" ? `one of ${deploymentKinds.join(", ")}` : "a section with kind"),
  },
);

const catalog = section({
  kind: oneOf(["consul", "nomad"]),
  service: text("the name under which its instances are registered"),
  tag: text("the tag of those of them that certops renews, such as mtls"),
  agentLog: matching(/\{instance\}/, "a file for each instance, such as agents/{instance}/agent.log").optional(),
});

/** How to ask one of HashiCorp's servers. */
const tokenAccess = (name: string) =>
  section({
    address,
    caFile: text(`the PEM file of the root that signs ${name}'s certificate`),
    tokenFile: text("the file its agent keeps the bot's token in"),
  });

const owner = section({
  channel: channel.optional(),
  mention: matching(
    /^[UWS][A-Z0-9]{2,}$/,
    "a person's or a user group's id, such as U0123456789 or S0123456789",
  ).optional(),
});

const service = section({
  owner: text("who answers for the service, such as payments"),
  names: listOf(hostName).min(1, { error: "at least one DNS name" }),
  issuer: section({ mount: text("a mount such as pki"), role: text("a role of that mount") }),
  ttl: matching(/^\d+[smhd]$/, "a lifetime as Vault takes it, such as 2m or 720h"),
  key: oneOf(["EC P-256", "EC P-384", "RSA 2048", "RSA 3072", "RSA 4096", "Ed25519"]),
  renewBefore: share,
  deployment,
  approval,
  rollout: oneOf(["all", "one-first"]),
  callers: listOf(text("a service, or the name of whoever calls it")).default([]),
  endpoints: listOf(managedEndpoint).min(1, { error: "at least one endpoint" }).optional(),
  catalog: catalog.optional(),
});

const meshProbe = section({
  source: name,
  destination: name,
  url: address.optional(),
  tag: text("a tag of the source's instances in Consul, such as mesh").optional(),
  path: matching(/^\/\S*$/, "a path such as /w-mtls").optional(),
});

const mesh = section({
  services: listOf(name).min(2, { error: "at least two services" }),
  approval,
  probes: listOf(meshProbe).default([]),
});

export const configSchema = section({
  http: section({ host: hostName.default("127.0.0.1"), port, publicUrl: publicUrl.optional() }),
  data: text("a folder"),
  slack: section({
    channel,
    mode: oneOf(["http", "socket"]),
    apiUrl: address.optional(),
    vaultPath: vaultPath.optional(),
    blocks: oneOf(["plain", "newest"]).default("plain"),
  }),
  vault: section({
    address,
    caFile: text("the PEM file of the root that signs Vault's certificate"),
    tokenFile: text("the file its agent keeps the bot's token in"),
    pkiMount: text("a mount such as pki"),
  }),
  identity: section({
    file: text("the PEM file its agent renders the bot's key and certificate into"),
    caFile: text("the PEM file of the root that signs the services"),
    rootCrlFile: text("a PEM file").optional(),
  }),
  evidence: section({ vaultAudit: text("Vault's audit file").optional() }).default({}),
  probe: section({ every: duration("5s"), deadline: duration("3s") }),
  expiring: section({ within: window, notices: listOf(window).default([]) }),
  owners: z.record(z.string(), owner, { error: "a section, one key for each owner" }).default({}),
  history: section({ keep: duration("24h") }),
  digest: section({ cron, timezone, channel }).optional(),
  picture: section({ cron, timezone, channel, theme: oneOf(["dark", "light"]).default("dark") }).optional(),
  audit: section({
    cron: cron.default("0 6 * * *"),
    timezone: timezone.default("UTC"),
    channel: channel.optional(),
  }).prefault({}),
  roles,
  rotas: rotas.default({}),
  policies: policies.default({}),
  consul: tokenAccess("Consul").optional(),
  nomad: tokenAccess("Nomad").optional(),
  mesh: mesh.optional(),
  firewall: firewall.optional(),
  passkeys: section({ approval }).optional(),
  services: mapOf(service),
  endpoints: listOf(watchedEndpoint).default([]),
  catalogs: listOf(watchedCatalog).default([]),
});

export type ConfigFile = z.infer<typeof configSchema>;
