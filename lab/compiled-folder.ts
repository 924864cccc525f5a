import { join } from "node:path";

/**
 * Where Node keeps what it made of our sources: it halves the work of a start. In the checkout, since it is known by the
 * path of each source, and goes with it. https://nodejs.org/api/module.html#module-compile-cache
 */
export function compiledFolder(env: NodeJS.ProcessEnv): string {
  return env["NODE_COMPILE_CACHE"] || join(import.meta.dirname, "../node_modules/.cache/certops");
}
