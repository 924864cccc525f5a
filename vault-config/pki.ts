import type { Intermediate, Settings } from "./objects.ts";

/** Where verifiers find the issuer, the revocation list and OCSP: written into every leaf. */
export function pkiUrls(address: string): Settings {
  return {
    kind: "config",
    path: "pki/config/urls",
    fields: {
      issuing_certificates: [`${address}/v1/pki/ca`],
      crl_distribution_points: [`${address}/v1/pki/crl`],
      ocsp_servers: [`${address}/v1/pki/ocsp`],
      enable_templating: false,
      delta_crl_distribution_points: [],
    },
  };
}

export const pkiSettings: Settings[] = [
  {
    kind: "config",
    path: "pki/config/crl",
    fields: {
      disable: false,
      expiry: "72h",
      // Without it nobody renews the list of a quiet authority, and every handshake that checks it fails at `expiry`.
      auto_rebuild: true,
      auto_rebuild_grace_period: "12h",
      enable_delta: false,
      delta_rebuild_interval: "15m",
      ocsp_disable: false,
      ocsp_expiry: "12h",
      allow_expired_cert_revocation: false,
    },
  },
  {
    kind: "config",
    path: "pki/config/auto-tidy",
    fields: {
      enabled: true,
      // Two-minute leaves are history soon: the issued list keeps the last day.
      interval_duration: "1h",
      safety_buffer: "24h",
      tidy_cert_store: true,
      tidy_revoked_certs: true,
      tidy_revoked_cert_issuer_associations: true,
      revoked_safety_buffer: "72h",
      tidy_expired_issuers: false,
      issuer_safety_buffer: "8760h",
      tidy_invalid_certs: false,
      tidy_move_legacy_ca_bundle: false,
      tidy_acme: false,
      acme_account_safety_buffer: "720h",
      pause_duration: "0s",
      page_size: 1000,
      maintain_stored_certificate_counts: false,
      publish_stored_certificate_count_metrics: false,
    },
  },
  {
    // ACME would let anybody who reaches Vault ask for certificates, past every policy here.
    kind: "config",
    path: "pki/config/acme",
    fields: { enabled: false },
  },
];

export const intermediate: Intermediate = {
  kind: "intermediate",
  mount: "pki",
  commonName: "certops intermediate CA",
  key: { key_name: "certops", key_type: "ec", key_bits: 256 },
  issuer: {
    issuer_name: "certops",
    usage: ["read-only", "issuing-certificates", "crl-signing", "ocsp-signing"],
    leaf_not_after_behavior: "err",
    manual_chain: [],
    issuing_certificates: [],
    crl_distribution_points: [],
    delta_crl_distribution_points: [],
    ocsp_servers: [],
    enable_aia_url_templating: false,
  },
};
