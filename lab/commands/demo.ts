import type { Command } from "./command.ts";

export const demo: Command = { name: "demo", summary: "Play the whole story in the terminal", options: {}, run: async () => 0 };
