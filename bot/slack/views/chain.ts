import type { ServedChain } from "../../operations/explain-chain.ts";
import { frozenBanner } from "./answer.ts";
import { header, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { code, count, plain, shortSerial, time } from "./words.ts";

/** The chain each endpoint presents, leaf first, and what is wrong with it. Endpoints that present the same are told once. */
export function chainView(name: string, chains: ServedChain[]): Message {
  const alike = Map.groupBy(chains, ({ report, observation }) =>
    report.links.length === 0
      ? (observation.problem?.cause ?? "")
      : report.links.map(({ certificate }) => certificate.fingerprint).join(),
  );
  const freezes = new Map(chains.flatMap(({ frozen }) => frozen.map((freeze) => [freeze.scope, freeze])));
  const wrong = chains.filter(({ report }) => report.problems.length > 0).length;
  return message(
    `Chain of ${name}: ${count(chains.length, "endpoint")}, ${wrong === 0 ? "nothing wrong" : `${wrong} with a problem`}`,
    [header(`Chain of ${name}`), ...frozenBanner([...freezes.values()]), ...[...alike.values()].flatMap(chainBlocks)],
  );
}

function chainBlocks(chains: ServedChain[]): Block[] {
  const [first] = chains;
  if (first === undefined) return [];
  const { links, problems } = first.report;
  const where = chains.map(({ endpoint }) => code(endpoint.id)).join(", ");
  const { problem } = first.observation;
  if (links.length === 0 && problem !== null) {
    return [
      section(`❌ ${where}\nIt showed no certificate. *Cause:* ${plain(problem.cause)} *Fix:* ${plain(problem.fix)}`),
    ];
  }
  const told = links.map(({ certificate, role, presented, signedByNext }, index) => {
    const indent = "      ".repeat(index);
    const signed = signedByNext === false ? "  ❌ not signed by the next" : "";
    return `${indent}${index === 0 ? "" : "↑ "}*${role}* ${code(certificate.subject)}  ${shortSerial(certificate.serial)}  until ${time(certificate.notAfter)}${presented ? "" : "  (ours, not sent)"}${signed}`;
  });
  return [
    section(`${problems.length === 0 ? "✅" : "❌"} ${where}\n${told.join("\n")}`),
    ...(problems.length === 0
      ? []
      : [
          section(
            problems
              .map(
                ({ subject, cause, fix }) =>
                  `❌ ${subject === null ? "" : `${code(subject)}  `}${plain(cause)} *Fix:* ${plain(fix)}`,
              )
              .join("\n"),
          ),
        ]),
  ];
}
