import type { ServersHealth } from "./background.ts";
import { watchedEndpoints } from "./domain/estate.ts";
import { expiryMetrics } from "./domain/metrics.ts";
import type { Metric } from "./domain/metrics.ts";
import { canIssue } from "./domain/vault-health.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import type { Parts } from "./parts.ts";

/** What /metrics answers: expiry under the names people graph already, and certops' own. */
export async function metricsOf(
  parts: Parts,
  { inFlight, vault, servers }: { inFlight: number; vault: VaultHealth | null; servers: ServersHealth },
): Promise<string> {
  const now = parts.clock();
  const [known, seen, counts, waiting, freezes] = await Promise.all([
    parts.inventory.certificates({ inUse: { at: now, names: [] } }),
    parts.inventory.observations(),
    parts.requestCounts(),
    parts.outbox.waiting(),
    parts.freezes.all(),
  ]);
  // Of an instance that went, nothing has an age any more.
  const watched = new Set(watchedEndpoints(parts.estate).map(({ id }) => id));
  const observations = seen.filter(({ endpoint }) => watched.has(endpoint));
  const records = known.map((record) => ({ ...record, servedAt: record.servedAt.filter((id) => watched.has(id)) }));
  const gauge = (name: string, help: string, samples: Metric["samples"]): Metric => ({
    name,
    help,
    type: "gauge",
    samples,
  });
  const one = (value: number): Metric["samples"] => [{ labels: {}, value }];
  return renderMetrics([
    ...expiryMetrics(records, observations, parts.estate.services, now),
    gauge(
      "certops_requests",
      "Requests by kind and state",
      counts.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
    ),
    gauge("certops_outbox_waiting", "What Slack is still to be told", one(waiting.count)),
    gauge("certops_work_in_flight", "Commands and clicks being worked", one(inFlight)),
    gauge(
      "certops_frozen",
      "1 for each scope in which automation is stopped",
      freezes.map(({ scope }) => ({ labels: { scope }, value: 1 })),
    ),
    gauge("certops_vault_up", "1 while Vault can issue", vault === null ? [] : one(Number(canIssue(vault)))),
    ...Object.entries(servers).map(([name, health]) =>
      gauge(
        `certops_${name}_up`,
        "1 while it answers the bot and has a leader",
        health === null ? [] : one(Number(health.state === "ok")),
      ),
    ),
    gauge(
      "certops_probe_age_seconds",
      "Since the endpoint was last looked at",
      observations.map(({ endpoint, at }) => ({ labels: { instance: endpoint }, value: (now - at) / 1_000 })),
    ),
    gauge(
      "certops_probe_duration_seconds",
      "How long the last look took",
      observations.map(({ endpoint, tookMs }) => ({ labels: { instance: endpoint }, value: tookMs / 1_000 })),
    ),
  ]);
}

/** As Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function renderMetrics(metrics: Metric[]): string {
  return metrics.map(render).join("");
}

function render({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelled(labels)} ${value}\n`);
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelled(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
