/**
 * Requests a second that each steady client sends to the other service, or from outside to each instance. CERTOPS_TRAFFIC
 * sets another rate: every fresh connection costs two handshakes, and many labs on one machine feel it.
 */
export function steadyRate(usual: number): string {
  return process.env["CERTOPS_TRAFFIC"] ?? String(usual);
}
