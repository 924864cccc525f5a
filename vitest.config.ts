import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Live tests start whole labs: more files at once than cores only makes every deadline tighter.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    reporters: ["default", "./test/support/closing-line.ts"],
  },
});
