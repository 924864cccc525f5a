import type { LitElement } from "lit";
import { caseList } from "../cases/case-list.ts";
import type { CasePanel } from "../cases/case-panel.ts";
import type { ServicePanel } from "../instances/service-panel.ts";
import type { RootRotator } from "../mesh/root-rotator.ts";
import { lab } from "../wire/lab-feed.ts";
import { shown } from "../wire/view.ts";
import { HOME, workspace } from "../wire/workspace.ts";
import { toggleTheme } from "./theme.ts";
import type { Shortcut } from "./shortcuts.ts";

/** Every key of the page, in the order in which the help lists them. */
export function shortcuts(page: LitElement, help: () => void): Shortcut[] {
  const rotate = (index: number) => () => void page.querySelectorAll<ServicePanel>("service-panel")[index]?.rotate();
  return [
    { key: "?", what: "This list", run: help },
    { key: "/", what: "Type a command", run: () => page.querySelector<HTMLInputElement>(".composer input")?.focus() },
    { key: "h", what: "The bot’s Home tab", run: () => workspace.enter(HOME) },
    { key: "p", what: "Speak as the next person", run: nextPerson },
    { key: "n", what: "To the newest button", run: () => newestButton(page)?.focus() },
    { key: "A", what: "Rotate service-a now", run: rotate(0) },
    { key: "B", what: "Rotate service-b now", run: rotate(1) },
    { key: "v", what: "The next picture", run: () => shown.showNext() },
    {
      key: "R",
      what: "Rotate the mesh’s root",
      idle: () => !lab.frame?.status?.mesh,
      run: () => void rotateRoot(page),
    },
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

/** Its progress is told in the topology. */
async function rotateRoot(page: LitElement): Promise<void> {
  if (!lab.frame?.status?.mesh) return;
  shown.show("topology");
  await page.updateComplete;
  await page.querySelector<RootRotator>("root-rotator")?.rotate();
}

function nextPerson(): void {
  const people = workspace.directory?.people ?? [];
  const index = people.findIndex(({ id }) => id === workspace.me);
  const next = people[(index + 1) % people.length];
  if (next) workspace.become(next.id);
}

function newestButton(page: HTMLElement): HTMLElement | undefined {
  const home = page.querySelector<HTMLElement>("chat-home .actions button");
  if (home) return home;
  const messages = [...page.querySelectorAll("chat-message")].toReversed();
  return (
    messages
      .map((message) => message.querySelector<HTMLElement>(".actions button"))
      .find((button) => button !== null) ?? undefined
  );
}
