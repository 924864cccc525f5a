import { expect } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import type { Answer, Row } from "../../bot/domain/answer.ts";
import type { Receipt, RenewalRequest } from "../../bot/domain/renewal.ts";
import type { Message } from "../../bot/slack/views/blocks.ts";
import { readContent } from "../../lab/slack/content.ts";
import { aRequest } from "./renewal-fixtures.ts";

export const now = Date.UTC(2026, 10, 22, 9, 0, 0);
export const hex = (digits: number, seed: number) => seed.toString(16).padStart(digits, "0");

export function row(index: number, change: Partial<Row["certificate"]> = {}): Row {
  const notAfter = now + (index + 1) * 1_000;
  return {
    certificate: {
      fingerprint: hex(64, index),
      serial: hex(40, index).replaceAll(/(..)(?=.)/g, "$1:"),
      subject: `CN=service-${index}.example.com`,
      issuer: "CN=certops intermediate",
      names: [`service-${index}.example.com`],
      notBefore: now - 60_000,
      notAfter,
      key: "EC P-256",
      generation: "g0",
      isCa: false,
      pem: "",
      servedAt: [],
      sightings: [],
      issuedAt: null,
      firstSeen: now - 60_000,
      lastSeen: now,
      ...change,
    },
    service: `service-${index}`,
    places: [{ service: `service-${index}`, instance: "a-1", endpoint: `service-${index}/a-1`, owner: "payments" }],
    standing: "served",
    conditions: [{ type: "Ready", status: "True", reason: "Served", message: "It is served.", lastTransition: now }],
    remainingMs: notAfter - now,
    remainingShare: 0.1,
  };
}

export function answer(change: Partial<Answer> = {}): Answer {
  return {
    title: "Expiring within 30 d",
    asOf: now - 3_000,
    rows: [],
    more: false,
    ground: [],
    unknown: [],
    frozen: [],
    ...change,
  };
}

/** What Slack would say of the message. */
export function verdict({ text, blocks }: Message): string {
  expect(text).not.toBe("");
  const read = readContent({ text, blocks }, 40_000);
  return "blocks" in read ? "taken" : JSON.stringify(read);
}

export const shown = (view: Message) => JSON.stringify(view.blocks);

export function request(state: RenewalRequest["state"], change: Partial<RenewalRequest> = {}): RenewalRequest {
  const undecided = state === "pending" || state === "expired";
  return aRequest({
    reason: "the old key was seen in a log",
    planHash: "0123456789abcdef0123456789abcdef",
    evidence: [
      { instance: "a-1", serial: "3e:0f:9a:11:22:33:44:55:66:77", generation: "g0", notAfter: now + 90_000 },
      { instance: "a-2", serial: null, generation: null, notAfter: null },
    ],
    approval: byRole("approver", { users: ["U0EVE"], groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    state,
    createdAt: now,
    expiresAt: now + 3_600_000,
    decidedBy: undecided ? null : "U0BEN",
    decidedAt: undecided ? null : now + 5_000,
    ...change,
  });
}

export const receipt: Receipt = {
  generation: "r-abcd2345",
  instances: [
    {
      instance: "a-1",
      oldSerial: "aa:01",
      newSerial: "bb:01",
      notAfter: now + 120_000,
      servedAt: now + 6_000,
      problem: null,
    },
    {
      instance: "a-2",
      oldSerial: "aa:02",
      newSerial: null,
      notAfter: null,
      servedAt: null,
      problem: "its agent did not render",
    },
  ],
  steps: [
    { name: "requested", at: now, tookMs: 0 },
    { name: "approved", at: now + 5_000, tookMs: 5_000 },
    { name: "written", at: now + 5_100, tookMs: 100 },
    { name: "proven", at: now + 6_400, tookMs: 1_300 },
  ],
  handshakes: { tried: 61, failed: 1, causes: { ECONNRESET: 1 } },
  besides: ["cc:01"],
  notes: ["The bot was restarted meanwhile."],
  problem: "one instance did not serve it",
};
