import { caseList } from "../cases/case-list.ts";
import type { CasePanel } from "../cases/case-panel.ts";
import type { ServicePanel } from "../instances/service-panel.ts";
import { workspace } from "../wire/workspace.ts";
import { toggleTheme } from "./theme.ts";
import type { Shortcut } from "./shortcuts.ts";

/** Every key of the page, in the order in which the help lists them. */
export function shortcuts(page: HTMLElement, help: () => void): Shortcut[] {
  const rotate = (index: number) => () => void page.querySelectorAll<ServicePanel>("service-panel")[index]?.rotate();
  return [
    { key: "?", what: "This list", run: help },
    { key: "/", what: "Type a command", run: () => page.querySelector<HTMLInputElement>(".composer input")?.focus() },
    { key: "p", what: "Speak as the next person", run: nextPerson },
    { key: "n", what: "To the newest button", run: () => newestButton(page)?.focus() },
    { key: "A", what: "Rotate service-a now", run: rotate(0) },
    { key: "B", what: "Rotate service-b now", run: rotate(1) },
    ...caseList.map(({ name, label }, index) => ({
      key: String(index + 1),
      what: `Case: ${label}`,
      run: () => void page.querySelector<CasePanel>("case-panel")?.run(name),
    })),
    {
      key: "Escape",
      what: "Close what a case showed",
      run: () => page.querySelector<CasePanel>("case-panel")?.dismiss(),
    },
    { key: "t", what: "Light or dark", run: toggleTheme },
  ];
}

function nextPerson(): void {
  const people = workspace.directory?.people ?? [];
  const index = people.findIndex(({ id }) => id === workspace.me);
  const next = people[(index + 1) % people.length];
  if (next) workspace.become(next.id);
}

function newestButton(page: HTMLElement): HTMLElement | undefined {
  const messages = [...page.querySelectorAll("chat-message")].toReversed();
  return (
    messages
      .map((message) => message.querySelector<HTMLElement>(".actions button"))
      .find((button) => button !== null) ?? undefined
  );
}
