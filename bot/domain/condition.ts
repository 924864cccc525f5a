/** As cert-manager has it: https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateCondition */
export interface Condition {
  type: "Ready" | "Issuing" | "Expiring" | "Deployed";
  status: "True" | "False" | "Unknown";
  /** CamelCase, stable: Expired, Expiring, Fresh, NotProbed, HandshakeFailed, Renewing, NotServed, … */
  reason: string;
  message: string;
  lastTransition: number;
}
