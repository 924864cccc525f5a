import type { CaseName } from "../../../cases/report.ts";

/** The seven cases in the order of the workshop, as a button says them. */
export const caseList: { name: CaseName; label: string }[] = [
  { name: "normal", label: "Normal" },
  { name: "no-client-cert", label: "No client certificate" },
  { name: "no-ca", label: "No CA" },
  { name: "expired-a", label: "A expired" },
  { name: "expired-b", label: "B expired" },
  { name: "different-ca", label: "Different CA" },
  { name: "curl-insecure", label: "curl \u2011\u2011insecure" },
];
