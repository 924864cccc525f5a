import { answerOf, executableOnPath } from "../../lab/stack/on-path.ts";
import { cacheFolder } from "../../lab/stack/program-cache.ts";
import { fits } from "../../lab/stack/versions.ts";

/** terraform_data came with 1.4, and the newest that CTS 0.9.0 takes is 1.14.3. */
const range = { oldest: "1.4", before: "1.14.4" };
const version = "1.5.7";

export const missingTerraform = "needs Terraform, 1.4 to 1.14, on PATH";

/** A Terraform that is here already, the lab's own first: nothing is fetched for a test. */
export async function terraformHere(): Promise<string | null> {
  const places = [cacheFolder(process.env, "terraform", version), process.env["PATH"]];
  const path = await executableOnPath("terraform", { PATH: places.join(":") });
  if (path === null) return null;
  const [, told] = /^Terraform v(\d+\.\d+\.\d+)/.exec((await answerOf(path, ["version"])) ?? "") ?? [];
  return told !== undefined && fits(told, range) ? path : null;
}
