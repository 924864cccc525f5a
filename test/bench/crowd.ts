import { createHash } from "node:crypto";
import { sql } from "kysely";
import { type Database, openStore } from "../../bot/adapters/store/database.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { Estate } from "../../bot/domain/estate.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { answerQuery } from "../../bot/operations/answer-query.ts";
import type { Desk } from "../../bot/operations/command.ts";
import type { Inventory } from "../../bot/operations/inventory.ts";
import { type SlackBot, startSlackBot } from "../support/slack-bot.ts";

const day = 86_400_000;
const services = 200;
const atOnce = 50_000;

/** A bot's way in from Slack, over a store of so many certificates that nobody watches and 400 that are served. */
export interface Crowd extends AsyncDisposable {
  slack: SlackBot;
}

export async function aCrowd(
  file: string,
  certificates: number,
  tell: (done: number) => void = () => {},
): Promise<Crowd> {
  await using owned = new AsyncDisposableStack();
  const now = Date.now();
  const store = owned.use(await openStore(file, Date.now));
  const kept = inventory(store.db.withTables());
  const estate = anEstateOf(services);
  for (const service of estate.services) await serve(kept, service, now);
  for (let start = 0; start < certificates; start += atOnce) {
    const end = Math.min(start + atOnce, certificates);
    await fill(store.db, { start, end, now });
    tell(end);
  }
  const needs = { ...store, inventory: kept, clock: Date.now };
  const desk = {
    services: new Map(),
    vault: () => null,
    mesh: null,
    firewall: null,
    ask: (query) => answerQuery(needs, { ...estate, ground: [] }, query),
  } satisfies Partial<Desk> as unknown as Desk;
  const configured = { services: new Map(), mesh: null, firewall: null };
  const slack = owned.use(await startSlackBot({ store, desk, configured, clock: Date.now }));
  const running = owned.move();
  return { slack, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Every kind of question; where it names something, another thing each round. */
export function questionsTo(certificates: number, round: number): { name: string; text: string }[] {
  const one = (round * 7_919 + 13) % services;
  // Few have only what is served: both are asked for what both have.
  const name = certificates > 0 ? one : 0;
  return [
    { name: "expiring 30d", text: "expiring 30d" },
    { name: "expiring 20%", text: "expiring 20%" },
    { name: "expired", text: "expired" },
    { name: "show <service>", text: `show service-${name}` },
    { name: "host <name>", text: `host service-${name}.apps.example.com` },
    { name: "host *.<suffix>", text: "host *.example.com" },
    { name: "owner", text: `owner team-${name % 20}` },
    { name: "issuer", text: "issuer intermediate" },
    { name: "serial", text: `serial ${serialOf(`service-${name}-0`)}` },
    { name: "ask <two words>", text: `ask service-${name} apps` },
    { name: "ask <a common word>", text: "ask example" },
  ];
}

function anEstateOf(count: number): Estate {
  const all = Array.from({ length: count }, (_, n): ManagedService => {
    const name = `service-${n}`;
    const endpoint = (index: number) => ({
      id: `${name}/${name}-${index}`,
      service: name,
      instance: `${name}-${index}`,
      host: `10.${index}.0.${n}`,
      port: 8443,
      serverName: `${name}.apps.example.com`,
      protocol: "https" as const,
      admin: null,
    });
    return {
      name,
      owner: `team-${n % 20}`,
      endpoints: [endpoint(0), endpoint(1)],
      catalog: null,
      issuer: { mount: "pki", role: name },
      names: [`${name}.apps.example.com`],
      ttl: "2160h",
      key: "EC P-256",
      renewBefore: 0.33,
      deployment: { kind: "vault-agent", mount: "kv", path: `certops/${name}` },
      approval: byRole("approver", { deadlineMs: day }),
      rollout: "all",
      callers: [],
    };
  });
  return { services: all, endpoints: [], within: { kind: "within", ms: 30 * day }, staleAfterMs: day };
}

async function serve(kept: Inventory, { names, endpoints }: ManagedService, now: number): Promise<void> {
  for (const [index, { id, service }] of endpoints.entries()) {
    const key = `${service}-${index}`;
    const life = { notBefore: now - 60 * day, notAfter: now + (index === 0 ? 10 : 60) * day };
    const leaf = certificate(key, { ...life, names, subject: `CN=${names[0]}` });
    const look = { endpoint: id, at: now, fingerprint: leaf.fingerprint, chain: [leaf.fingerprint], problem: null };
    await kept.saveObservation({ ...look, tookMs: 3 }, [leaf]);
  }
}

/**
 * Certificates that nobody watches, made in the store itself, which is the quicker way. Lives of 30, 90 and 365 days, a third
 * of them over; ten issuers, thousands of suffixes.
 */
async function fill(db: Database, { start, end, now }: { start: number; end: number; now: number }): Promise<void> {
  await sql`
    WITH RECURSIVE n (i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${end}),
    one AS (SELECT i, (CASE i % 3 WHEN 0 THEN 30 WHEN 1 THEN 90 ELSE 365 END) * ${day} AS life,
      (i * 7919) % 1500 AS aged,
      (CASE i % 5 WHEN 0 THEN 'shop' WHEN 1 THEN 'billing' WHEN 2 THEN 'search' WHEN 3 THEN 'mail' ELSE 'edge' END) || '-' || (i % 4999) AS zone
      FROM n)
    INSERT INTO certificates (fingerprint, serial, subject, issuer, names, not_before, not_after, key, is_ca, pem, issued_at, first_seen, last_seen)
    SELECT lower(hex(randomblob(28))) || printf('%08x', i), printf('%02x:', i % 256) || lower(hex(randomblob(19))),
      'CN=host-' || i || '.' || zone || '.example.com', 'CN=Example Intermediate ' || (i % 10),
      '["host-' || i || '.' || zone || '.example.com"]',
      ${now} - (aged * life) / 1000, ${now} + life - (aged * life) / 1000, 'EC P-256', 0, ${pem}, ${now}, ${now}, ${now} FROM one
  `.execute(db);
  await sql`
    INSERT INTO certificate_names (reversed, fingerprint)
    SELECT 'com.example.' || substr(rest, instr(rest, '.') + 1, instr(substr(rest, instr(rest, '.') + 1), '.') - 1)
      || '.' || substr(rest, 1, instr(rest, '.') - 1) || '.', fingerprint
    FROM (SELECT substr(subject, 4) AS rest, fingerprint FROM certificates
      ORDER BY rowid DESC LIMIT ${end - start})
  `.execute(db);
}

function certificate(key: string, changes: Partial<Certificate>): Certificate {
  return {
    fingerprint: createHash("sha256").update(key).digest("hex"),
    serial: serialOf(key),
    subject: "",
    issuer: "CN=Example Intermediate 0",
    names: [],
    notBefore: 0,
    notAfter: 0,
    key: "EC P-256",
    generation: null,
    isCa: false,
    // As long as that of a P-256 leaf.
    pem: pem,
    ...changes,
  };
}

const pem = `-----BEGIN CERTIFICATE-----\n${`${"M".repeat(64)}\n`.repeat(13)}-----END CERTIFICATE-----\n`;

const serialOf = (key: string) => (createHash("sha1").update(key).digest("hex").match(/../g) ?? []).join(":");
