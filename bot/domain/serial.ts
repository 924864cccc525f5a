/** Enough of a serial to tell two apart, as `3e:0f:9a:11…c4:d2`; the whole of it is in `/cert show`. */
export function shortened(serial: string): string {
  return serial.length <= 20 ? serial : `${serial.slice(0, 11)}…${serial.slice(-5)}`;
}
