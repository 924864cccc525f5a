export interface Shortcut {
  /** As `KeyboardEvent.key` names it. */
  key: string;
  what: string;
  /** Where it is left out of the list, for there is nothing that it could do. */
  idle?: () => boolean;
  run(): void;
}

/** Single keys work only while nobody types, a dialog is open, or a modifier is held: the browser's own keys stay its own. */
export function listen(shortcuts: Shortcut[]): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const shortcut = shortcuts.find(({ key }) => key === event.key);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches("input:not([type=radio]), textarea, select, [contenteditable]")
  );
}
