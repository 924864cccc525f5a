import { configDefaults, defineConfig } from "vitest/config";

/** These load both cores to the brim, and would make another file's requests time out, or theirs by it. */
const saturating = ["test/live/services-rotation.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    // Live tests start whole labs and wait for much of their time. Many more files at once than two cores would make every
    // deadline tighter, two more do not.
    maxWorkers: 4,
    // What a test awaits has a nearer deadline of its own, which says what did not come.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    globalSetup: "./test/support/run-folder.ts",
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "beside",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...saturating],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "alone", include: saturating, sequence: { groupOrder: 1 } } },
    ],
  },
});
