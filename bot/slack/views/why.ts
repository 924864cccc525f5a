import type { EndpointWhy, Why } from "../../operations/explain-why.ts";
import { frozenBanner } from "./answer.ts";
import { callInShort, callLine } from "./call-why.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { revokedLines } from "./revoked.ts";
import { code, count, plain, relative, shortSerial, time } from "./words.ts";

/** Why a handshake fails, or that it does not: cause, side and fix, endpoint by endpoint. */
export function whyView(name: string, why: Why, now: number): Message {
  const { endpoints, missing, schedulerProblem, frozen, refusedCalls, meshProblem, revocations = {} } = why;
  const failing = endpoints.filter(({ verdict }) => verdict !== "healthy");
  const lags = endpoints.some(({ lagging }) => lagging !== null);
  const answers = lags ? `${name} answers, with an old generation` : `${name} answers`;
  const inMesh = refusedCalls.length === 0 ? answers : `${answers}, and calls in the mesh fail`;
  const title = failing.length + missing.length === 0 ? inMesh : `Why ${name} fails`;
  const told = [
    ...failing.map(({ endpoint, cause }) => `${endpoint.id}: ${cause}`),
    ...missing.map(({ id, why: away }) => `${id}: ${away}`),
    ...refusedCalls.map(callInShort),
  ];
  const ofAll = `${count(failing.length + missing.length, "endpoint")} of ${endpoints.length + missing.length} failing`;
  const summary = `${title}: ${ofAll}. ${told.join("; ")}`;
  return message(summary, [
    header(title),
    ...frozenBanner(frozen),
    ...missing.map(({ id, why: away }) => section(`${marks[0]} ${code(id)}  *does not run*\n${plain(away)}`)),
    ...endpoints.toSorted((a, b) => rank(a) - rank(b)).flatMap((one) => endpointBlocks(one, now)),
    ...(Object.keys(revocations).length === 0 ? [] : [section(`*Revoked*\n${lines(revokedLines(revocations), 10)}`)]),
    ...(schedulerProblem === null
      ? []
      : [section(`❔ Where its instances run is not known: ${plain(schedulerProblem)}`)]),
    ...(refusedCalls.length === 0 ? [] : [section(`*In the mesh*\n${lines(refusedCalls.map(callLine), 10)}`)]),
    ...(meshProblem === null ? [] : [section(`❔ Calls in the mesh are not known: ${plain(meshProblem)}`)]),
    ...(endpoints.length === 0 ? [] : [context("Each was asked just now, with a new handshake and a request.")]),
  ]);
}

function rank({ verdict, lagging, away }: EndpointWhy): number {
  if (verdict !== "healthy") return 0;
  return lagging === null && away === null ? 2 : 1;
}

const marks = ["❌", "⚠️", "✅"];

function endpointBlocks(one: EndpointWhy, now: number): Block[] {
  const { endpoint, observation, certificate, verdict, refusals, complaint, lagging, away } = one;
  const took = `${Math.round(observation.tookMs)} ms`;
  const shows =
    certificate === null
      ? "It showed no certificate."
      : `It shows ${shortSerial(certificate.serial)}, ${certificate.notAfter > now ? "valid until" : "expired"} ${time(certificate.notAfter)}.`;
  return [
    section(
      [
        `${marks[rank(one)]} ${code(endpoint.id)}  *${sayVerdict(one)}*  ${took}`,
        ...(verdict === "healthy"
          ? []
          : [
              `*Cause:* ${plain(one.cause ?? "unknown")}  ${code(one.code ?? "unknown")}`,
              `*Fix:* ${plain(one.fix ?? "none known")}`,
            ]),
        shows,
        ...(away === null ? [] : [plain(away)]),
        ...(lagging === null ? [] : [plain(lagging)]),
        ...(complaint === null ? [] : [`It says of itself: ${plain(complaint)}`]),
      ].join("\n"),
    ),
    ...(refusals.length === 0
      ? []
      : [
          section(
            `It turned away lately:\n${lines(
              refusals.map((refusal) => refused(refusal, now)),
              5,
            )}`,
          ),
        ]),
  ];
}

function sayVerdict({ verdict, side }: EndpointWhy): string {
  switch (verdict) {
    case "healthy":
      return "answers, and accepts us";
    case "we refuse it":
      return "we refuse what it shows";
    case "it refuses us":
      return "it refuses us";
    case "out of reach":
      return side === "network" ? "out of reach" : "not to be asked";
  }
}

function refused(
  { at, peerAddress, peerPort, cause, certificate }: EndpointWhy["refusals"][number],
  now: number,
): string {
  const who = certificate === null ? "without a certificate" : `with ${shortSerial(certificate.serial)}`;
  return `• ${relative(at, now)}  ${code(`${peerAddress}:${peerPort}`)} ${who}: ${plain(cause)}`;
}
