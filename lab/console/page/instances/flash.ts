/** Plays a card's flash from its start, also while one is under way. */
export function flash(card: Element | null): void {
  card?.classList.remove("swapped");
  requestAnimationFrame(() => card?.classList.add("swapped"));
}
