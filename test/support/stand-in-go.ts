import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BareMachine, bareMachine } from "./bare-machine.ts";

/** A stand-in for Go: it notes each build, and builds in no time a program that only says what it is. */
const script = (folder: string, { version = "1.26.8", before = "", builds = "Nomad v1.11.3" }: StandInGo) => `
if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit; fi
MACHINE=${folder}
echo "$@" >>"$MACHINE/builds"
${before}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho ${builds}\\n' >"$2"`;

interface StandInGo {
  version?: string;
  /** Shell, run before it builds; $MACHINE is the machine's folder. */
  before?: string;
  /** What the program that it builds says of itself. */
  builds?: string;
}

/** A bare machine with nothing but this Go. */
export async function machineWithGo(options: StandInGo = {}): Promise<BareMachine> {
  const machine = await bareMachine();
  await machine.install("go", script(machine.folder, options));
  return machine;
}

/** The arguments of each build until now. */
export async function buildsOn({ folder }: BareMachine): Promise<string[]> {
  const text = await readFile(join(folder, "builds"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
