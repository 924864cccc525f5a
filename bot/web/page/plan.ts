import type { Line, Part, Run } from "../spoken.ts";

/** An element with these classes and children; a text stays text. */
export function element(tag: string, classes: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  if (classes !== "") made.className = classes;
  made.append(...children);
  return made;
}

/** A plan as Slack's message tells it. */
export const drawPlan = (parts: Part[]): HTMLElement => element("section", "plan", ...parts.map(drawPart));

function drawPart(part: Part): HTMLElement {
  switch (part.kind) {
    case "title":
      return element("h2", "", ...part.lines.flatMap(({ runs }) => runs.map(drawRun)));
    case "text":
      return element("div", "", ...part.lines.map(drawLine));
    case "note":
      return element("div", "note", ...part.lines.map(drawLine));
    case "fields":
      return element("div", "fields", ...part.fields.map((lines) => element("div", "", ...lines.map(drawLine))));
    case "rule":
      return element("hr", "");
  }
}

function drawLine({ quoted, runs }: Line): HTMLElement {
  return element(quoted ? "blockquote" : "span", quoted ? "" : "line", ...runs.map(drawRun));
}

function drawRun({ text, as, at, id }: Run): Node | string {
  switch (as) {
    case "plain":
      return text;
    case "bold":
      return element("strong", "", text);
    case "italic":
      return element("em", "", text);
    case "code":
      return element("code", "", text);
    case "block":
      return element("pre", "", text);
    case "name":
      return drawName(text, id ?? "");
    case "time":
      return drawTime(text, at ?? 0);
  }
}

/** Names are chosen by who bears them; the id behind one is not. */
function drawName(name: string, id: string): HTMLElement {
  const made = element("span", "name", name);
  made.title = id;
  return made;
}

const inZone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function drawTime(utc: string, at: number): HTMLElement {
  const made = element("time", "", inZone.format(at));
  made.setAttribute("datetime", new Date(at).toISOString());
  made.title = utc;
  return made;
}
