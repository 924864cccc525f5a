import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../vault-config/problem.ts";
import { terraformRange } from "./root-module.ts";

const run = promisify(execFile);
const ANSWER_MS = 10_000;

/** The version of the Terraform in this folder: CTS looks nowhere else. Throws a Problem when none that fits is there. */
export async function requireTerraform(folder: string): Promise<string> {
  const program = join(folder, "terraform");
  const answer = await run(program, ["version"], { timeout: ANSWER_MS }).catch(() => null);
  const [, version, major, minor] = /^Terraform v((\d+)\.(\d+)\.\d+)/.exec(answer?.stdout ?? "") ?? [];
  const hint = `Put a Terraform there that is ${terraformRange}; this stand-in downloads none.`;
  if (version === undefined) throw new Problem("TERRAFORM_MISSING", `${program} is no Terraform that runs here.`, hint);
  const fits = (major === "0" && Number(minor) >= 13) || (major === "1" && Number(minor) <= 14);
  if (!fits) throw new Problem("TERRAFORM_UNFIT", `unsupported Terraform version: ${version} at ${program}.`, hint);
  return version;
}
