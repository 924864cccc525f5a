export type Theme = "light" | "dark";

const KEPT_AS = "certops-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Says "change" when the page's colours did: a canvas has to be drawn again. */
export const themes = new EventTarget();

function chosen(): Theme | null {
  const kept = localStorage.getItem(KEPT_AS);
  return kept === "light" || kept === "dark" ? kept : null;
}

export const theme = (): Theme => chosen() ?? (system.matches ? "dark" : "light");

/** The choice is kept until it agrees with the system's again; from then on the page follows the system. */
export function toggleTheme(): void {
  const next = theme() === "dark" ? "light" : "dark";
  if (next === (system.matches ? "dark" : "light")) localStorage.removeItem(KEPT_AS);
  else localStorage.setItem(KEPT_AS, next);
  apply();
}

function apply(): void {
  document.documentElement.dataset["theme"] = theme();
  themes.dispatchEvent(new Event("change"));
}

system.addEventListener("change", apply);
apply();
