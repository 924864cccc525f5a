import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** A file of these is over in a moment: to begin with a process of its own would be most of its work. */
const quick = "test/{domain,contract}/**/*.test.ts";

/** They are small and last a minute or two: where nothing is known of an earlier run, they would begin last, and be waited for alone. */
const longest = ["firewall-killed", "services-rotation", "nomad-mesh"].map((name) => `/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => longest.some((name) => moduleId.endsWith(name));
    return (await super.sort(files)).toSorted((one, other) => Number(isLongest(other)) - Number(isLongest(one)));
  }
}

export default defineConfig({
  test: {
    pool: "forks",
    sequence: { sequencer: LongestFirst },
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
          name: "quick",
          include: [quick],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "live",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, quick],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
