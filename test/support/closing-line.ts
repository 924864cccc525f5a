import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Ends a run with one plain line, and names every test that was skipped and what it missed. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const brokenModules = modules.filter((module) => module.state() === "failed" && module.errors().length > 0);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    for (const test of skipped) console.log(`skipped: ${test.fullName} — ${missing(test)}`);
    const failed = count("failed") + brokenModules.length + unhandledErrors.length;
    const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    console.log(`\n${count("passed")} passed, ${failed} failed${tail}`);
  }
}

function missing(test: TestCase): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || "no reason given";
}
