import type { EndpointWhy, Why } from "../../operations/explain-why.ts";
import { frozenBanner } from "./answer.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { code, count, plain, relative, shortSerial, time } from "./words.ts";

/** Why a handshake fails, or that it does not: cause, side and fix, endpoint by endpoint. */
export function whyView(name: string, { endpoints, frozen }: Why, now: number): Message {
  const failing = endpoints.filter(({ verdict }) => verdict !== "healthy");
  const lags = endpoints.some(({ lagging }) => lagging !== null);
  const answers = lags ? `${name} answers, with an old generation` : `${name} answers`;
  const title = failing.length === 0 ? answers : `Why ${name} fails`;
  const summary = `${title}: ${count(failing.length, "endpoint")} of ${endpoints.length} failing. ${failing.map(({ endpoint, cause }) => `${endpoint.id}: ${cause}`).join("; ")}`;
  return message(summary, [
    header(title),
    ...frozenBanner(frozen),
    ...endpoints.toSorted((a, b) => rank(a) - rank(b)).flatMap((one) => endpointBlocks(one, now)),
    context("Each was asked just now, with a new handshake and a request."),
  ]);
}

function rank({ verdict, lagging }: EndpointWhy): number {
  if (verdict !== "healthy") return 0;
  return lagging === null ? 2 : 1;
}

const marks = ["❌", "⚠️", "✅"];

function endpointBlocks(one: EndpointWhy, now: number): Block[] {
  const { endpoint, observation, certificate, verdict, refusals, complaint, lagging } = one;
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
