import type { Row } from "./domain/answer.ts";
import { tellDuration } from "./domain/duration.ts";
import type { Paint } from "./terminal.ts";

type Style = "red" | "green" | "yellow";

const head = ["", "NAME", "AT", "LEFT", "GENERATION", "OWNER", "SERIAL"];

/** Certificates, one to a line: columns as wide as their widest cell; the first cell of a row in its colour. */
export function rowsText(rows: Row[], paint: Paint): string {
  const told = rows.map(cells);
  const widths = head.map((title, column) => Math.max(title.length, ...told.map((row) => row[column]?.length ?? 0)));
  const padded = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const lines = rows.map((row, index) => {
    const [first = "", ...others] = padded(told[index] ?? []);
    return [paint(styleOf(row), first), ...others].join("  ").trimEnd();
  });
  return [paint("dim", padded(head).join("  ").trimEnd()), ...lines].join("\n");
}

function cells({ certificate, places, conditions, remainingMs, service }: Row): string[] {
  const of = (type: string) => conditions.find((condition) => condition.type === type);
  const [ready, deployed] = [of("Ready"), of("Deployed")];
  const amiss =
    ready?.status !== "True" ? (ready?.reason ?? "?") : deployed?.status === "False" ? deployed.reason : null;
  return [
    amiss ?? "ok",
    certificate.names[0] ?? service ?? certificate.subject,
    places.map(({ endpoint }) => endpoint).join(" ") || "–",
    leftOf(remainingMs),
    certificate.generation ?? "–",
    places[0]?.owner ?? "–",
    certificate.serial,
  ];
}

function styleOf({ conditions }: Row): Style {
  const status = (type: string) => conditions.find((condition) => condition.type === type)?.status;
  if (status("Ready") === "False") return "red";
  return status("Ready") === "True" && status("Expiring") !== "True" && status("Deployed") !== "False"
    ? "green"
    : "yellow";
}

export function leftOf(remainingMs: number | null): string {
  if (remainingMs === null) return "no end";
  return remainingMs > 0 ? tellDuration(remainingMs) : `expired ${tellDuration(-remainingMs)} ago`;
}
